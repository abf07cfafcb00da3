BEGIN TRANSACTION;
CREATE TABLE "account" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "discord_id" BIGINT NOT NULL UNIQUE,
    "display_name" VARCHAR(100) NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
INSERT INTO "account" VALUES(1,1456074443980800007,'Olga','2026-01-01 00:00:37+00:00');
INSERT INTO "account" VALUES(2,1456074443980800016,'Ann','2026-01-01 00:03:05+00:00');
INSERT INTO "account" VALUES(3,1456074443980800017,'Bo','2026-01-01 00:06:10+00:00');
INSERT INTO "account" VALUES(4,1456074443980800018,'Rae','2026-01-01 00:08:01+00:00');
INSERT INTO "account" VALUES(5,1456074443980800019,'Mo','2026-01-01 00:12:20+00:00');
CREATE TABLE "audit_entry" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "event_id" CHAR(36) NOT NULL UNIQUE,
    "event_seq" INT NOT NULL UNIQUE,
    "action" VARCHAR(64) NOT NULL,
    "version" INT NOT NULL,
    "actor_id" INT,
    "organization_id" INT,
    "entity_type" VARCHAR(32) NOT NULL,
    "entity_id" INT NOT NULL,
    "occurred_at" TIMESTAMP NOT NULL,
    "data" JSON NOT NULL
);
INSERT INTO "audit_entry" VALUES(1,'01a2100a-e5dc-75d7-8ff5-a9a00ca87f47',1,'UserCreated',1,NULL,NULL,'user',1,'2026-01-01 00:00:37+00:00','{}');
INSERT INTO "audit_entry" VALUES(2,'01a2100a-e5f0-71d8-a763-2416a239ae18',2,'OrganizationCreated',1,1,1,'organization',1,'2026-01-01 00:01:14+00:00','{"organization_name":"Racing Club"}');
INSERT INTO "audit_entry" VALUES(3,'01a2100a-e5f1-7133-a847-ffdd705a42fe',3,'OrganizationMemberAdded',1,1,1,'organization',1,'2026-01-01 00:01:14+00:00','{"member_id":1,"role":"owner"}');
INSERT INTO "audit_entry" VALUES(4,'01a2100a-e5f3-75ff-9cef-13d6a6ae3738',4,'DiscordGuildLinked',1,1,1,'discord_guild',1,'2026-01-01 00:01:14+00:00','{"guild_id":1456074443980800008,"guild_name":"Racing Club"}');
INSERT INTO "audit_entry" VALUES(5,'01a2100a-e60c-718a-9982-1a4244d5e2ea',5,'OrganizationUpdated',1,1,1,'organization',1,'2026-01-01 00:01:14+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"announcement_channel_id","old":null,"new":1456074443980800012}],"guild_id":1456074443980800008}');
INSERT INTO "audit_entry" VALUES(6,'01a2100a-e61e-72a6-8a98-c88ef3346f3d',6,'OrganizationUpdated',1,1,1,'organization',1,'2026-01-01 00:01:14+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"review_channel_id","old":null,"new":1456074443980800013}],"guild_id":1456074443980800008}');
INSERT INTO "audit_entry" VALUES(7,'01a2100a-e62f-73ff-8b99-d722e6471460',7,'OrganizationUpdated',1,1,1,'organization',1,'2026-01-01 00:01:14+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"audit_channel_id","old":null,"new":1456074443980800014}],"guild_id":1456074443980800008}');
INSERT INTO "audit_entry" VALUES(8,'01a2100a-e64e-7087-ada4-0c2d97ce5022',8,'OrganizationUpdated',1,1,1,'organization',1,'2026-01-01 00:01:51+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"reviewer_roles","old":"","new":"1456074443980800010"}],"guild_id":1456074443980800008}');
INSERT INTO "audit_entry" VALUES(9,'01a2100a-e669-719a-b757-58b0bf16f979',9,'OrganizationUpdated',1,1,1,'organization',1,'2026-01-01 00:01:51+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"moderator_roles","old":"","new":"1456074443980800011"}],"guild_id":1456074443980800008}');
INSERT INTO "audit_entry" VALUES(10,'01a2100a-e688-713c-add2-b7fe95d8ac44',10,'TournamentCreated',1,1,1,'tournament',1,'2026-01-01 00:02:28+00:00','{"tournament_name":"Spring Cup","tournament_type":"speedrun"}');
INSERT INTO "audit_entry" VALUES(11,'01a2100a-e6b5-7638-9efe-a03fe41d3545',11,'UserCreated',1,NULL,NULL,'user',2,'2026-01-01 00:03:05+00:00','{}');
INSERT INTO "audit_entry" VALUES(12,'01a2100a-e6b7-7634-9ee4-3b7c5c2293c9',12,'InviteCreated',1,1,1,'invite',1,'2026-01-01 00:03:05+00:00','{"role":"racer","invitee_id":2,"max_uses":1,"expires_at":"2026-01-04T00:03:05Z"}');
INSERT INTO "audit_entry" VALUES(13,'01a2100a-e6e3-70e0-aab3-9f6b07cfd089',13,'InviteAccepted',1,2,1,'invite',1,'2026-01-01 00:03:42+00:00','{"role":"racer","invitee_id":2}');
INSERT INTO "audit_entry" VALUES(14,'01a2100a-e6e4-717d-883f-14d67518278c',14,'OrganizationMemberAdded',1,2,1,'organization',1,'2026-01-01 00:03:42+00:00','{"member_id":2,"role":"racer"}');
INSERT INTO "audit_entry" VALUES(15,'01a2100a-e70b-7309-a177-724210e1f022',15,'TournamentUpdated',1,1,1,'tournament',1,'2026-01-01 00:04:19+00:00','{"tournament_name":"Spring Cup","changed_fields":[{"field":"status","old":"draft","new":"open"}]}');
INSERT INTO "audit_entry" VALUES(16,'01a2100a-e732-7133-add3-7cef9b2e6af1',16,'TournamentUpdated',1,2,1,'tournament',1,'2026-01-01 00:05:33+00:00','{"tournament_name":"Spring Cup","changed_fields":[{"field":"entrant","old":null,"new":2}]}');
INSERT INTO "audit_entry" VALUES(17,'01a2100a-e747-70df-8b0c-f96603528e8c',17,'UserCreated',1,NULL,NULL,'user',3,'2026-01-01 00:06:10+00:00','{}');
INSERT INTO "audit_entry" VALUES(18,'01a2100a-e74c-701e-bd8f-8179657ac2db',18,'OrganizationMemberAdded',1,3,1,'organization',1,'2026-01-01 00:06:10+00:00','{"member_id":3,"role":"racer"}');
INSERT INTO "audit_entry" VALUES(19,'01a2100a-e74c-701e-bd8f-817adb30c83b',19,'TournamentUpdated',1,3,1,'tournament',1,'2026-01-01 00:06:10+00:00','{"tournament_name":"Spring Cup","changed_fields":[{"field":"entrant","old":null,"new":3}]}');
INSERT INTO "audit_entry" VALUES(20,'01a2100a-e778-7016-84ea-c2f58918f031',20,'TournamentStarted',1,1,1,'tournament',1,'2026-01-01 00:06:47+00:00','{"tournament_name":"Spring Cup","racer_count":2}');
INSERT INTO "audit_entry" VALUES(21,'01a2100a-e79f-70e4-9128-8afe21d798cc',21,'RaceSubmitted',1,2,1,'race',1,'2026-01-01 00:07:24+00:00','{"tournament_id":1,"racer_id":2,"time_ms":5565000}');
INSERT INTO "audit_entry" VALUES(22,'01a2100a-e7c2-7714-8aa4-64fa6b154c5e',22,'UserCreated',1,NULL,NULL,'user',4,'2026-01-01 00:08:01+00:00','{}');
INSERT INTO "audit_entry" VALUES(23,'01a2100a-e7fe-7529-89ec-db0adf347ced',23,'RaceRejected',1,4,1,'race',1,'2026-01-01 00:08:01+00:00','{"tournament_id":1,"racer_id":2,"time_ms":5565000}');
INSERT INTO "audit_entry" VALUES(24,'01a2100a-e82a-7733-8a02-dc7825e8172f',24,'RaceSubmitted',1,3,1,'race',2,'2026-01-01 00:08:38+00:00','{"tournament_id":1,"racer_id":3,"time_ms":5110500}');
INSERT INTO "audit_entry" VALUES(25,'01a2100a-e852-74bf-bcd3-8df759ac2852',25,'RaceSubmitted',1,2,1,'race',3,'2026-01-01 00:09:15+00:00','{"tournament_id":1,"racer_id":2,"time_ms":5025000}');
INSERT INTO "audit_entry" VALUES(26,'01a2100a-e877-7005-b5d5-4a31ab4152f8',26,'RaceApproved',1,4,1,'race',3,'2026-01-01 00:09:52+00:00','{"tournament_id":1,"racer_id":2,"time_ms":5025000}');
INSERT INTO "audit_entry" VALUES(27,'01a2100a-e8b5-732b-9b7f-4c28219dd782',27,'RaceApproved',1,4,1,'race',2,'2026-01-01 00:10:29+00:00','{"tournament_id":1,"racer_id":3,"time_ms":5110500}');
INSERT INTO "audit_entry" VALUES(28,'01a2100a-e8ef-7205-85ab-2e0c8fc514f5',28,'TournamentEnded',1,1,1,'tournament',1,'2026-01-01 00:11:43+00:00','{"tournament_name":"Spring Cup","podium":[{"rank":1,"account_id":2,"time_ms":5025000},{"rank":2,"account_id":3,"time_ms":5110500}]}');
INSERT INTO "audit_entry" VALUES(29,'01a2100a-e914-769b-8c71-bfbee4366b93',29,'UserCreated',1,NULL,NULL,'user',5,'2026-01-01 00:12:20+00:00','{}');
CREATE TABLE "bot_state" (
    "key" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "value" VARCHAR(500) NOT NULL
);
INSERT INTO "bot_state" VALUES('commands:1456074443980800000','412140cdcdec734522d1093b9b837322b84a48ce775f110175fa44bebef0343d');
CREATE TABLE "delivery" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "handler" VARCHAR(100) NOT NULL,
    "priority" INT NOT NULL,
    "stream" VARCHAR(64) NOT NULL,
    "status" VARCHAR(8) NOT NULL  /* PENDING: pending\nDONE: done\nDEAD: dead */,
    "attempts" INT NOT NULL,
    "due_at" TIMESTAMP,
    "last_error" VARCHAR(500),
    "event_id" INT NOT NULL REFERENCES "event" ("seq") ON DELETE CASCADE,
    CONSTRAINT "uid_delivery_event_i_229866" UNIQUE ("event_id", "handler")
);
INSERT INTO "delivery" VALUES(1,'audit',3,'user:1','done',0,NULL,NULL,1);
INSERT INTO "delivery" VALUES(2,'audit-channel',1,'user:1','done',0,NULL,NULL,1);
INSERT INTO "delivery" VALUES(3,'audit',3,'organization:1','done',0,NULL,NULL,2);
INSERT INTO "delivery" VALUES(4,'audit-channel',1,'organization:1','done',0,NULL,NULL,2);
INSERT INTO "delivery" VALUES(5,'audit',3,'organization:1','done',0,NULL,NULL,3);
INSERT INTO "delivery" VALUES(6,'audit-channel',1,'organization:1','done',0,NULL,NULL,3);
INSERT INTO "delivery" VALUES(7,'audit',3,'organization:1','done',0,NULL,NULL,4);
INSERT INTO "delivery" VALUES(8,'audit-channel',1,'organization:1','done',0,NULL,NULL,4);
INSERT INTO "delivery" VALUES(9,'audit',3,'organization:1','done',0,NULL,NULL,5);
INSERT INTO "delivery" VALUES(10,'audit-channel',1,'organization:1','done',0,NULL,NULL,5);
INSERT INTO "delivery" VALUES(11,'audit',3,'organization:1','done',0,NULL,NULL,6);
INSERT INTO "delivery" VALUES(12,'audit-channel',1,'organization:1','done',0,NULL,NULL,6);
INSERT INTO "delivery" VALUES(13,'audit',3,'organization:1','done',0,NULL,NULL,7);
INSERT INTO "delivery" VALUES(14,'audit-channel',1,'organization:1','done',0,NULL,NULL,7);
INSERT INTO "delivery" VALUES(15,'audit',3,'organization:1','done',0,NULL,NULL,8);
INSERT INTO "delivery" VALUES(16,'audit-channel',1,'organization:1','done',0,NULL,NULL,8);
INSERT INTO "delivery" VALUES(17,'audit',3,'organization:1','done',0,NULL,NULL,9);
INSERT INTO "delivery" VALUES(18,'audit-channel',1,'organization:1','done',0,NULL,NULL,9);
INSERT INTO "delivery" VALUES(19,'audit',3,'organization:1','done',0,NULL,NULL,10);
INSERT INTO "delivery" VALUES(20,'announce',2,'organization:1','done',0,NULL,NULL,10);
INSERT INTO "delivery" VALUES(21,'audit-channel',1,'organization:1','done',0,NULL,NULL,10);
INSERT INTO "delivery" VALUES(22,'audit',3,'user:2','done',0,NULL,NULL,11);
INSERT INTO "delivery" VALUES(23,'audit-channel',1,'user:2','done',0,NULL,NULL,11);
INSERT INTO "delivery" VALUES(24,'audit',3,'organization:1','done',0,NULL,NULL,12);
INSERT INTO "delivery" VALUES(25,'announce',2,'organization:1','done',0,NULL,NULL,12);
INSERT INTO "delivery" VALUES(26,'audit-channel',1,'organization:1','done',0,NULL,NULL,12);
INSERT INTO "delivery" VALUES(27,'audit',3,'organization:1','done',0,NULL,NULL,13);
INSERT INTO "delivery" VALUES(28,'audit-channel',1,'organization:1','done',0,NULL,NULL,13);
INSERT INTO "delivery" VALUES(29,'audit',3,'organization:1','done',0,NULL,NULL,14);
INSERT INTO "delivery" VALUES(30,'audit-channel',1,'organization:1','done',0,NULL,NULL,14);
INSERT INTO "delivery" VALUES(31,'audit',3,'organization:1','done',0,NULL,NULL,15);
INSERT INTO "delivery" VALUES(32,'announce',2,'organization:1','done',0,NULL,NULL,15);
INSERT INTO "delivery" VALUES(33,'audit-channel',1,'organization:1','done',0,NULL,NULL,15);
INSERT INTO "delivery" VALUES(34,'audit',3,'organization:1','done',0,NULL,NULL,16);
INSERT INTO "delivery" VALUES(35,'announce',2,'organization:1','done',0,NULL,NULL,16);
INSERT INTO "delivery" VALUES(36,'audit-channel',1,'organization:1','done',0,NULL,NULL,16);
INSERT INTO "delivery" VALUES(37,'audit',3,'user:3','done',0,NULL,NULL,17);
INSERT INTO "delivery" VALUES(38,'audit-channel',1,'user:3','done',0,NULL,NULL,17);
INSERT INTO "delivery" VALUES(39,'audit',3,'organization:1','done',0,NULL,NULL,18);
INSERT INTO "delivery" VALUES(40,'audit-channel',1,'organization:1','done',0,NULL,NULL,18);
INSERT INTO "delivery" VALUES(41,'audit',3,'organization:1','done',0,NULL,NULL,19);
INSERT INTO "delivery" VALUES(42,'announce',2,'organization:1','done',0,NULL,NULL,19);
INSERT INTO "delivery" VALUES(43,'audit-channel',1,'organization:1','done',0,NULL,NULL,19);
INSERT INTO "delivery" VALUES(44,'audit',3,'organization:1','done',0,NULL,NULL,20);
INSERT INTO "delivery" VALUES(45,'announce',2,'organization:1','done',0,NULL,NULL,20);
INSERT INTO "delivery" VALUES(46,'audit-channel',1,'organization:1','done',0,NULL,NULL,20);
INSERT INTO "delivery" VALUES(47,'audit',3,'organization:1','done',0,NULL,NULL,21);
INSERT INTO "delivery" VALUES(48,'announce',2,'organization:1','done',0,NULL,NULL,21);
INSERT INTO "delivery" VALUES(49,'audit-channel',1,'organization:1','done',0,NULL,NULL,21);
INSERT INTO "delivery" VALUES(50,'audit',3,'user:4','done',0,NULL,NULL,22);
INSERT INTO "delivery" VALUES(51,'audit-channel',1,'user:4','done',0,NULL,NULL,22);
INSERT INTO "delivery" VALUES(52,'audit',3,'organization:1','done',0,NULL,NULL,23);
INSERT INTO "delivery" VALUES(53,'announce',2,'organization:1','done',0,NULL,NULL,23);
INSERT INTO "delivery" VALUES(54,'audit-channel',1,'organization:1','done',0,NULL,NULL,23);
INSERT INTO "delivery" VALUES(55,'audit',3,'organization:1','done',0,NULL,NULL,24);
INSERT INTO "delivery" VALUES(56,'announce',2,'organization:1','done',0,NULL,NULL,24);
INSERT INTO "delivery" VALUES(57,'audit-channel',1,'organization:1','done',0,NULL,NULL,24);
INSERT INTO "delivery" VALUES(58,'audit',3,'organization:1','done',0,NULL,NULL,25);
INSERT INTO "delivery" VALUES(59,'announce',2,'organization:1','done',0,NULL,NULL,25);
INSERT INTO "delivery" VALUES(60,'audit-channel',1,'organization:1','done',0,NULL,NULL,25);
INSERT INTO "delivery" VALUES(61,'audit',3,'organization:1','done',0,NULL,NULL,26);
INSERT INTO "delivery" VALUES(62,'announce',2,'organization:1','done',0,NULL,NULL,26);
INSERT INTO "delivery" VALUES(63,'audit-channel',1,'organization:1','done',0,NULL,NULL,26);
INSERT INTO "delivery" VALUES(64,'audit',3,'organization:1','done',0,NULL,NULL,27);
INSERT INTO "delivery" VALUES(65,'announce',2,'organization:1','done',0,NULL,NULL,27);
INSERT INTO "delivery" VALUES(66,'audit-channel',1,'organization:1','done',0,NULL,NULL,27);
INSERT INTO "delivery" VALUES(67,'audit',3,'organization:1','done',0,NULL,NULL,28);
INSERT INTO "delivery" VALUES(68,'announce',2,'organization:1','done',0,NULL,NULL,28);
INSERT INTO "delivery" VALUES(69,'audit-channel',1,'organization:1','done',0,NULL,NULL,28);
INSERT INTO "delivery" VALUES(70,'audit',3,'user:5','done',0,NULL,NULL,29);
INSERT INTO "delivery" VALUES(71,'audit-channel',1,'user:5','done',0,NULL,NULL,29);
CREATE TABLE "entrant" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "joined_at" TIMESTAMP NOT NULL,
    "account_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE,
    "tournament_id" INT NOT NULL REFERENCES "tournament" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_entrant_tournam_1ddd8e" UNIQUE ("tournament_id", "account_id")
);
INSERT INTO "entrant" VALUES(1,'2026-01-01 00:05:33+00:00',2,1);
INSERT INTO "entrant" VALUES(2,'2026-01-01 00:06:10+00:00',3,1);
CREATE TABLE "event" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "event_id" CHAR(36) NOT NULL UNIQUE,
    "type" VARCHAR(64) NOT NULL,
    "version" INT NOT NULL,
    "stream" VARCHAR(64) NOT NULL,
    "organization_id" INT,
    "user_id" INT,
    "entity_id" INT NOT NULL,
    "occurred_at" TIMESTAMP NOT NULL,
    "payload" JSON NOT NULL
);
INSERT INTO "event" VALUES(1,'01a2100a-e5dc-75d7-8ff5-a9a00ca87f47','UserCreated',1,'user:1',NULL,NULL,1,'2026-01-01 00:00:37+00:00','{}');
INSERT INTO "event" VALUES(2,'01a2100a-e5f0-71d8-a763-2416a239ae18','OrganizationCreated',1,'organization:1',1,1,1,'2026-01-01 00:01:14+00:00','{"organization_name":"Racing Club"}');
INSERT INTO "event" VALUES(3,'01a2100a-e5f1-7133-a847-ffdd705a42fe','OrganizationMemberAdded',1,'organization:1',1,1,1,'2026-01-01 00:01:14+00:00','{"member_id":1,"role":"owner"}');
INSERT INTO "event" VALUES(4,'01a2100a-e5f3-75ff-9cef-13d6a6ae3738','DiscordGuildLinked',1,'organization:1',1,1,1,'2026-01-01 00:01:14+00:00','{"guild_id":1456074443980800008,"guild_name":"Racing Club"}');
INSERT INTO "event" VALUES(5,'01a2100a-e60c-718a-9982-1a4244d5e2ea','OrganizationUpdated',1,'organization:1',1,1,1,'2026-01-01 00:01:14+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"announcement_channel_id","old":null,"new":1456074443980800012}],"guild_id":1456074443980800008}');
INSERT INTO "event" VALUES(6,'01a2100a-e61e-72a6-8a98-c88ef3346f3d','OrganizationUpdated',1,'organization:1',1,1,1,'2026-01-01 00:01:14+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"review_channel_id","old":null,"new":1456074443980800013}],"guild_id":1456074443980800008}');
INSERT INTO "event" VALUES(7,'01a2100a-e62f-73ff-8b99-d722e6471460','OrganizationUpdated',1,'organization:1',1,1,1,'2026-01-01 00:01:14+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"audit_channel_id","old":null,"new":1456074443980800014}],"guild_id":1456074443980800008}');
INSERT INTO "event" VALUES(8,'01a2100a-e64e-7087-ada4-0c2d97ce5022','OrganizationUpdated',1,'organization:1',1,1,1,'2026-01-01 00:01:51+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"reviewer_roles","old":"","new":"1456074443980800010"}],"guild_id":1456074443980800008}');
INSERT INTO "event" VALUES(9,'01a2100a-e669-719a-b757-58b0bf16f979','OrganizationUpdated',1,'organization:1',1,1,1,'2026-01-01 00:01:51+00:00','{"organization_name":"Racing Club","changed_fields":[{"field":"moderator_roles","old":"","new":"1456074443980800011"}],"guild_id":1456074443980800008}');
INSERT INTO "event" VALUES(10,'01a2100a-e688-713c-add2-b7fe95d8ac44','TournamentCreated',1,'organization:1',1,1,1,'2026-01-01 00:02:28+00:00','{"tournament_name":"Spring Cup","tournament_type":"speedrun"}');
INSERT INTO "event" VALUES(11,'01a2100a-e6b5-7638-9efe-a03fe41d3545','UserCreated',1,'user:2',NULL,NULL,2,'2026-01-01 00:03:05+00:00','{}');
INSERT INTO "event" VALUES(12,'01a2100a-e6b7-7634-9ee4-3b7c5c2293c9','InviteCreated',1,'organization:1',1,1,1,'2026-01-01 00:03:05+00:00','{"role":"racer","invitee_id":2,"max_uses":1,"expires_at":"2026-01-04T00:03:05Z"}');
INSERT INTO "event" VALUES(13,'01a2100a-e6e3-70e0-aab3-9f6b07cfd089','InviteAccepted',1,'organization:1',1,2,1,'2026-01-01 00:03:42+00:00','{"role":"racer","invitee_id":2}');
INSERT INTO "event" VALUES(14,'01a2100a-e6e4-717d-883f-14d67518278c','OrganizationMemberAdded',1,'organization:1',1,2,1,'2026-01-01 00:03:42+00:00','{"member_id":2,"role":"racer"}');
INSERT INTO "event" VALUES(15,'01a2100a-e70b-7309-a177-724210e1f022','TournamentUpdated',1,'organization:1',1,1,1,'2026-01-01 00:04:19+00:00','{"tournament_name":"Spring Cup","changed_fields":[{"field":"status","old":"draft","new":"open"}]}');
INSERT INTO "event" VALUES(16,'01a2100a-e732-7133-add3-7cef9b2e6af1','TournamentUpdated',1,'organization:1',1,2,1,'2026-01-01 00:05:33+00:00','{"tournament_name":"Spring Cup","changed_fields":[{"field":"entrant","old":null,"new":2}]}');
INSERT INTO "event" VALUES(17,'01a2100a-e747-70df-8b0c-f96603528e8c','UserCreated',1,'user:3',NULL,NULL,3,'2026-01-01 00:06:10+00:00','{}');
INSERT INTO "event" VALUES(18,'01a2100a-e74c-701e-bd8f-8179657ac2db','OrganizationMemberAdded',1,'organization:1',1,3,1,'2026-01-01 00:06:10+00:00','{"member_id":3,"role":"racer"}');
INSERT INTO "event" VALUES(19,'01a2100a-e74c-701e-bd8f-817adb30c83b','TournamentUpdated',1,'organization:1',1,3,1,'2026-01-01 00:06:10+00:00','{"tournament_name":"Spring Cup","changed_fields":[{"field":"entrant","old":null,"new":3}]}');
INSERT INTO "event" VALUES(20,'01a2100a-e778-7016-84ea-c2f58918f031','TournamentStarted',1,'organization:1',1,1,1,'2026-01-01 00:06:47+00:00','{"tournament_name":"Spring Cup","racer_count":2}');
INSERT INTO "event" VALUES(21,'01a2100a-e79f-70e4-9128-8afe21d798cc','RaceSubmitted',1,'organization:1',1,2,1,'2026-01-01 00:07:24+00:00','{"tournament_id":1,"racer_id":2,"time_ms":5565000}');
INSERT INTO "event" VALUES(22,'01a2100a-e7c2-7714-8aa4-64fa6b154c5e','UserCreated',1,'user:4',NULL,NULL,4,'2026-01-01 00:08:01+00:00','{}');
INSERT INTO "event" VALUES(23,'01a2100a-e7fe-7529-89ec-db0adf347ced','RaceRejected',1,'organization:1',1,4,1,'2026-01-01 00:08:01+00:00','{"tournament_id":1,"racer_id":2,"time_ms":5565000}');
INSERT INTO "event" VALUES(24,'01a2100a-e82a-7733-8a02-dc7825e8172f','RaceSubmitted',1,'organization:1',1,3,2,'2026-01-01 00:08:38+00:00','{"tournament_id":1,"racer_id":3,"time_ms":5110500}');
INSERT INTO "event" VALUES(25,'01a2100a-e852-74bf-bcd3-8df759ac2852','RaceSubmitted',1,'organization:1',1,2,3,'2026-01-01 00:09:15+00:00','{"tournament_id":1,"racer_id":2,"time_ms":5025000}');
INSERT INTO "event" VALUES(26,'01a2100a-e877-7005-b5d5-4a31ab4152f8','RaceApproved',1,'organization:1',1,4,3,'2026-01-01 00:09:52+00:00','{"tournament_id":1,"racer_id":2,"time_ms":5025000}');
INSERT INTO "event" VALUES(27,'01a2100a-e8b5-732b-9b7f-4c28219dd782','RaceApproved',1,'organization:1',1,4,2,'2026-01-01 00:10:29+00:00','{"tournament_id":1,"racer_id":3,"time_ms":5110500}');
INSERT INTO "event" VALUES(28,'01a2100a-e8ef-7205-85ab-2e0c8fc514f5','TournamentEnded',1,'organization:1',1,1,1,'2026-01-01 00:11:43+00:00','{"tournament_name":"Spring Cup","podium":[{"rank":1,"account_id":2,"time_ms":5025000},{"rank":2,"account_id":3,"time_ms":5110500}]}');
INSERT INTO "event" VALUES(29,'01a2100a-e914-769b-8c71-bfbee4366b93','UserCreated',1,'user:5',NULL,NULL,5,'2026-01-01 00:12:20+00:00','{}');
CREATE TABLE "guild_link" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "guild_id" BIGINT NOT NULL UNIQUE,
    "guild_name" VARCHAR(100) NOT NULL,
    "announcement_channel_id" BIGINT,
    "review_channel_id" BIGINT,
    "audit_channel_id" BIGINT,
    "linked_at" TIMESTAMP NOT NULL,
    "unlinked_at" TIMESTAMP,
    "organization_id" INT NOT NULL REFERENCES "organization" ("id") ON DELETE CASCADE
);
INSERT INTO "guild_link" VALUES(1,1456074443980800008,'Racing Club',1456074443980800012,1456074443980800013,1456074443980800014,'2026-01-01 00:01:14+00:00',NULL,1);
CREATE TABLE "invite" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "code" VARCHAR(32)  UNIQUE,
    "role" VARCHAR(16) NOT NULL  /* OWNER: owner\nADMIN: admin\nORGANIZER: organizer\nMODERATOR: moderator\nREVIEWER: reviewer\nRACER: racer */,
    "max_uses" INT NOT NULL,
    "uses" INT NOT NULL,
    "status" VARCHAR(16) NOT NULL  /* PENDING: pending\nACCEPTED: accepted\nREJECTED: rejected\nEXPIRED: expired\nREVOKED: revoked */,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "creator_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE,
    "invitee_id" INT REFERENCES "account" ("id") ON DELETE CASCADE,
    "organization_id" INT NOT NULL REFERENCES "organization" ("id") ON DELETE CASCADE
);
INSERT INTO "invite" VALUES(1,NULL,'racer',1,1,'accepted','2026-01-01 00:03:05+00:00','2026-01-04 00:03:05+00:00',1,2,1);
CREATE TABLE "membership" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "role" VARCHAR(16) NOT NULL  /* OWNER: owner\nADMIN: admin\nORGANIZER: organizer\nMODERATOR: moderator\nREVIEWER: reviewer\nRACER: racer */,
    "joined_at" TIMESTAMP NOT NULL,
    "account_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE,
    "organization_id" INT NOT NULL REFERENCES "organization" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_membership_organiz_b00e3b" UNIQUE ("organization_id", "account_id")
);
INSERT INTO "membership" VALUES(1,'owner','2026-01-01 00:01:14+00:00',1,1);
INSERT INTO "membership" VALUES(2,'racer','2026-01-01 00:03:42+00:00',2,1);
INSERT INTO "membership" VALUES(3,'racer','2026-01-01 00:06:10+00:00',3,1);
CREATE TABLE "message" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "id" CHAR(36) NOT NULL UNIQUE,
    "organization_id" INT,
    "event_id" CHAR(36) NOT NULL,
    "kind" VARCHAR(32) NOT NULL,
    "data" JSON NOT NULL,
    "target_kind" VARCHAR(8) NOT NULL  /* CHANNEL: channel\nUSER: user */,
    "target_id" BIGINT NOT NULL,
    "status" VARCHAR(8) NOT NULL  /* PENDING: pending\nSENT: sent\nFAILED: failed */,
    "attempts" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "due_at" TIMESTAMP,
    "first_attempt_at" TIMESTAMP,
    "settled_at" TIMESTAMP,
    "discord_channel_id" BIGINT,
    "discord_message_id" BIGINT,
    "failure" VARCHAR(500),
    CONSTRAINT "uid_message_event_i_77ea9e" UNIQUE ("event_id", "kind", "target_kind", "target_id")
);
INSERT INTO "message" VALUES(1,'01a2100a-e63a-730f-a6d0-2e309fc753c3',1,'01a2100a-e62f-73ff-8b99-d722e6471460','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:01:14+00:00',NULL,'2026-01-01 00:01:14+00:00','2026-01-01 00:01:14+00:00',1456074443980800014,1456074754359296005,NULL);
INSERT INTO "message" VALUES(2,'01a2100a-e65a-73a5-a1d1-b9e10155e148',1,'01a2100a-e64e-7087-ada4-0c2d97ce5022','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:01:51+00:00',NULL,'2026-01-01 00:01:51+00:00','2026-01-01 00:01:51+00:00',1456074443980800014,1456074909548544002,NULL);
INSERT INTO "message" VALUES(3,'01a2100a-e675-71c9-819d-bf386f735417',1,'01a2100a-e669-719a-b757-58b0bf16f979','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:01:51+00:00',NULL,'2026-01-01 00:01:51+00:00','2026-01-01 00:01:51+00:00',1456074443980800014,1456074909548544004,NULL);
INSERT INTO "message" VALUES(4,'01a2100a-e69b-74ef-b284-63f90e81a400',1,'01a2100a-e688-713c-add2-b7fe95d8ac44','tournament_created','{}','channel',1456074443980800012,'sent',1,'2026-01-01 00:02:28+00:00',NULL,'2026-01-01 00:02:28+00:00','2026-01-01 00:02:28+00:00',1456074443980800012,1456075064737792003,NULL);
INSERT INTO "message" VALUES(5,'01a2100a-e69f-70c9-8801-de2c237da47a',1,'01a2100a-e688-713c-add2-b7fe95d8ac44','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:02:28+00:00',NULL,'2026-01-01 00:02:28+00:00','2026-01-01 00:02:28+00:00',1456074443980800014,1456075064737792004,NULL);
INSERT INTO "message" VALUES(6,'01a2100a-e6c6-74a7-ae7f-23ce97260343',1,'01a2100a-e6b7-7634-9ee4-3b7c5c2293c9','invited','{}','user',1456074443980800016,'sent',1,'2026-01-01 00:03:05+00:00',NULL,'2026-01-01 00:03:05+00:00','2026-01-01 00:03:05+00:00',1456074599170048003,1456075219927040002,NULL);
INSERT INTO "message" VALUES(7,'01a2100a-e6c9-7268-97c0-562c9d6ae102',1,'01a2100a-e6b7-7634-9ee4-3b7c5c2293c9','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:03:05+00:00',NULL,'2026-01-01 00:03:05+00:00','2026-01-01 00:03:05+00:00',1456074443980800014,1456075219927040003,NULL);
INSERT INTO "message" VALUES(8,'01a2100a-e6ed-7415-b21b-1f039f0478e6',1,'01a2100a-e6e3-70e0-aab3-9f6b07cfd089','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:03:42+00:00',NULL,'2026-01-01 00:03:42+00:00','2026-01-01 00:03:42+00:00',1456074443980800014,1456075375116288001,NULL);
INSERT INTO "message" VALUES(9,'01a2100a-e6f3-75be-b8c0-044e91c1cb95',1,'01a2100a-e6e4-717d-883f-14d67518278c','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:03:42+00:00',NULL,'2026-01-01 00:03:42+00:00','2026-01-01 00:03:42+00:00',1456074443980800014,1456075375116288002,NULL);
INSERT INTO "message" VALUES(10,'01a2100a-e712-7741-aa2c-37f106acec14',1,'01a2100a-e70b-7309-a177-724210e1f022','tournament_opened','{}','channel',1456074443980800012,'sent',1,'2026-01-01 00:04:19+00:00',NULL,'2026-01-01 00:04:19+00:00','2026-01-01 00:04:19+00:00',1456074443980800012,1456075530305536002,NULL);
INSERT INTO "message" VALUES(11,'01a2100a-e715-749f-93ba-f791b186f758',1,'01a2100a-e70b-7309-a177-724210e1f022','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:04:19+00:00',NULL,'2026-01-01 00:04:19+00:00','2026-01-01 00:04:19+00:00',1456074443980800014,1456075530305536003,NULL);
INSERT INTO "message" VALUES(12,'01a2100a-e739-72d2-a9c8-5d5ec3113e25',1,'01a2100a-e732-7133-add3-7cef9b2e6af1','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:05:33+00:00',NULL,'2026-01-01 00:05:33+00:00','2026-01-01 00:05:33+00:00',1456074443980800014,1456075840684032002,NULL);
INSERT INTO "message" VALUES(13,'01a2100a-e75a-749f-97cb-f7ff4573a6de',1,'01a2100a-e74c-701e-bd8f-8179657ac2db','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:06:10+00:00',NULL,'2026-01-01 00:06:10+00:00','2026-01-01 00:06:10+00:00',1456074443980800014,1456075995873280002,NULL);
INSERT INTO "message" VALUES(14,'01a2100a-e761-77fb-802c-73aa4b9fe944',1,'01a2100a-e74c-701e-bd8f-817adb30c83b','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:06:10+00:00',NULL,'2026-01-01 00:06:10+00:00','2026-01-01 00:06:10+00:00',1456074443980800014,1456075995873280003,NULL);
INSERT INTO "message" VALUES(15,'01a2100a-e780-753d-92db-7832ad7aeccf',1,'01a2100a-e778-7016-84ea-c2f58918f031','tournament_started','{}','channel',1456074443980800012,'sent',1,'2026-01-01 00:06:47+00:00',NULL,'2026-01-01 00:06:47+00:00','2026-01-01 00:06:47+00:00',1456074443980800012,1456076151062528002,NULL);
INSERT INTO "message" VALUES(16,'01a2100a-e783-74e6-a4fc-7bdc25ea049b',1,'01a2100a-e778-7016-84ea-c2f58918f031','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:06:47+00:00',NULL,'2026-01-01 00:06:47+00:00','2026-01-01 00:06:47+00:00',1456074443980800014,1456076151062528003,NULL);
INSERT INTO "message" VALUES(17,'01a2100a-e7a7-76a6-8bca-7ae61b40802c',1,'01a2100a-e79f-70e4-9128-8afe21d798cc','run_card','{}','channel',1456074443980800013,'sent',1,'2026-01-01 00:07:24+00:00',NULL,'2026-01-01 00:07:24+00:00','2026-01-01 00:07:24+00:00',1456074443980800013,1456076306251776003,NULL);
INSERT INTO "message" VALUES(18,'01a2100a-e7aa-74de-96b7-4d64c0edd6c4',1,'01a2100a-e79f-70e4-9128-8afe21d798cc','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:07:24+00:00',NULL,'2026-01-01 00:07:24+00:00','2026-01-01 00:07:24+00:00',1456074443980800014,1456076306251776004,NULL);
INSERT INTO "message" VALUES(19,'01a2100a-e80b-7772-a39b-42e6c4c52e6b',1,'01a2100a-e7fe-7529-89ec-db0adf347ced','your_run_rejected','{}','user',1456074443980800016,'sent',1,'2026-01-01 00:08:01+00:00',NULL,'2026-01-01 00:08:01+00:00','2026-01-01 00:08:01+00:00',1456074599170048003,1456076461441024002,NULL);
INSERT INTO "message" VALUES(20,'01a2100a-e80e-773b-b189-f429ce3d357b',1,'01a2100a-e7fe-7529-89ec-db0adf347ced','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:08:01+00:00',NULL,'2026-01-01 00:08:01+00:00','2026-01-01 00:08:01+00:00',1456074443980800014,1456076461441024003,NULL);
INSERT INTO "message" VALUES(21,'01a2100a-e831-750c-8672-6c24d3a32d22',1,'01a2100a-e82a-7733-8a02-dc7825e8172f','run_card','{}','channel',1456074443980800013,'sent',1,'2026-01-01 00:08:38+00:00',NULL,'2026-01-01 00:08:38+00:00','2026-01-01 00:08:38+00:00',1456074443980800013,1456076616630272003,NULL);
INSERT INTO "message" VALUES(22,'01a2100a-e834-7508-b262-6b9fde79142a',1,'01a2100a-e82a-7733-8a02-dc7825e8172f','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:08:38+00:00',NULL,'2026-01-01 00:08:38+00:00','2026-01-01 00:08:38+00:00',1456074443980800014,1456076616630272004,NULL);
INSERT INTO "message" VALUES(23,'01a2100a-e859-755e-b2e7-df22943ebff4',1,'01a2100a-e852-74bf-bcd3-8df759ac2852','run_card','{}','channel',1456074443980800013,'sent',1,'2026-01-01 00:09:15+00:00',NULL,'2026-01-01 00:09:15+00:00','2026-01-01 00:09:15+00:00',1456074443980800013,1456076771819520003,NULL);
INSERT INTO "message" VALUES(24,'01a2100a-e85c-706c-965d-b42224a1cd56',1,'01a2100a-e852-74bf-bcd3-8df759ac2852','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:09:15+00:00',NULL,'2026-01-01 00:09:15+00:00','2026-01-01 00:09:15+00:00',1456074443980800014,1456076771819520004,NULL);
INSERT INTO "message" VALUES(25,'01a2100a-e883-71c0-81e9-d557b5a18cc8',1,'01a2100a-e877-7005-b5d5-4a31ab4152f8','run_approved','{}','channel',1456074443980800012,'sent',1,'2026-01-01 00:09:52+00:00',NULL,'2026-01-01 00:09:52+00:00','2026-01-01 00:09:52+00:00',1456074443980800012,1456076927008768001,NULL);
INSERT INTO "message" VALUES(26,'01a2100a-e883-71c0-81e9-d55879bc6502',1,'01a2100a-e877-7005-b5d5-4a31ab4152f8','your_run_approved','{}','user',1456074443980800016,'sent',1,'2026-01-01 00:09:52+00:00',NULL,'2026-01-01 00:09:52+00:00','2026-01-01 00:09:52+00:00',1456074599170048003,1456076927008768002,NULL);
INSERT INTO "message" VALUES(27,'01a2100a-e887-762b-859e-28f8e22f8021',1,'01a2100a-e877-7005-b5d5-4a31ab4152f8','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:09:52+00:00',NULL,'2026-01-01 00:09:52+00:00','2026-01-01 00:09:52+00:00',1456074443980800014,1456076927008768003,NULL);
INSERT INTO "message" VALUES(28,'01a2100a-e8c1-706a-9a13-0b38b41cf2ca',1,'01a2100a-e8b5-732b-9b7f-4c28219dd782','run_approved','{}','channel',1456074443980800012,'sent',1,'2026-01-01 00:10:29+00:00',NULL,'2026-01-01 00:10:29+00:00','2026-01-01 00:10:29+00:00',1456074443980800012,1456077082198016001,NULL);
INSERT INTO "message" VALUES(29,'01a2100a-e8c2-735f-aa30-230260943905',1,'01a2100a-e8b5-732b-9b7f-4c28219dd782','your_run_approved','{}','user',1456074443980800017,'sent',1,'2026-01-01 00:10:29+00:00',NULL,'2026-01-01 00:10:29+00:00','2026-01-01 00:10:29+00:00',1456074599170048004,1456077082198016002,NULL);
INSERT INTO "message" VALUES(30,'01a2100a-e8c5-741a-bf3e-983a86c50d92',1,'01a2100a-e8b5-732b-9b7f-4c28219dd782','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:10:29+00:00',NULL,'2026-01-01 00:10:29+00:00','2026-01-01 00:10:29+00:00',1456074443980800014,1456077082198016003,NULL);
INSERT INTO "message" VALUES(31,'01a2100a-e8f7-724b-8ce1-08e4e4b97108',1,'01a2100a-e8ef-7205-85ab-2e0c8fc514f5','tournament_ended','{}','channel',1456074443980800012,'sent',1,'2026-01-01 00:11:43+00:00',NULL,'2026-01-01 00:11:43+00:00','2026-01-01 00:11:43+00:00',1456074443980800012,1456077392576512002,NULL);
INSERT INTO "message" VALUES(32,'01a2100a-e8fa-707c-aea6-d2f4a0eabf28',1,'01a2100a-e8ef-7205-85ab-2e0c8fc514f5','audit_line','{}','channel',1456074443980800014,'sent',1,'2026-01-01 00:11:43+00:00',NULL,'2026-01-01 00:11:43+00:00','2026-01-01 00:11:43+00:00',1456074443980800014,1456077392576512003,NULL);
CREATE TABLE "message_target" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(8) NOT NULL  /* CHANNEL: channel\nUSER: user */,
    "target_id" BIGINT NOT NULL,
    "refused_until" TIMESTAMP NOT NULL,
    "reason" VARCHAR(500) NOT NULL,
    CONSTRAINT "uid_message_tar_kind_994742" UNIQUE ("kind", "target_id")
);
CREATE TABLE "organization" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "time_zone" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
INSERT INTO "organization" VALUES(1,'Racing Club','Europe/Berlin','2026-01-01 00:01:14+00:00');
CREATE TABLE "personal_data" (
    "event_id" CHAR(36) NOT NULL  PRIMARY KEY,
    "account_id" INT NOT NULL,
    "data" JSON NOT NULL
);
INSERT INTO "personal_data" VALUES('01a2100a-e5dc-75d7-8ff5-a9a00ca87f47',1,'{"discord_id":1456074443980800007,"discord_username":"Olga"}');
INSERT INTO "personal_data" VALUES('01a2100a-e6b5-7638-9efe-a03fe41d3545',2,'{"discord_id":1456074443980800016,"discord_username":"Ann"}');
INSERT INTO "personal_data" VALUES('01a2100a-e747-70df-8b0c-f96603528e8c',3,'{"discord_id":1456074443980800017,"discord_username":"Bo"}');
INSERT INTO "personal_data" VALUES('01a2100a-e79f-70e4-9128-8afe21d798cc',2,'{"vod_url":"https://vod.example/ann-1","notes":""}');
INSERT INTO "personal_data" VALUES('01a2100a-e7c2-7714-8aa4-64fa6b154c5e',4,'{"discord_id":1456074443980800018,"discord_username":"Rae"}');
INSERT INTO "personal_data" VALUES('01a2100a-e7fe-7529-89ec-db0adf347ced',2,'{"reason":"The VOD ends before the last split."}');
INSERT INTO "personal_data" VALUES('01a2100a-e82a-7733-8a02-dc7825e8172f',3,'{"vod_url":"https://vod.example/bo","notes":""}');
INSERT INTO "personal_data" VALUES('01a2100a-e852-74bf-bcd3-8df759ac2852',2,'{"vod_url":"https://vod.example/ann-2","notes":""}');
INSERT INTO "personal_data" VALUES('01a2100a-e914-769b-8c71-bfbee4366b93',5,'{"discord_id":1456074443980800019,"discord_username":"Mo"}');
CREATE TABLE "race" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "time_ms" BIGINT NOT NULL,
    "vod_url" VARCHAR(500) NOT NULL,
    "notes" VARCHAR(1000) NOT NULL,
    "status" VARCHAR(16) NOT NULL  /* SUBMITTED: submitted\nAPPROVED: approved\nREJECTED: rejected */,
    "submitted_at" TIMESTAMP NOT NULL,
    "reviewed_at" TIMESTAMP,
    "rejection_reason" VARCHAR(500),
    "racer_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE,
    "reviewer_id" INT REFERENCES "account" ("id") ON DELETE SET NULL,
    "tournament_id" INT NOT NULL REFERENCES "tournament" ("id") ON DELETE CASCADE
);
INSERT INTO "race" VALUES(1,5565000,'https://vod.example/ann-1','','rejected','2026-01-01 00:07:24+00:00','2026-01-01 00:08:01+00:00','The VOD ends before the last split.',2,4,1);
INSERT INTO "race" VALUES(2,5110500,'https://vod.example/bo','','approved','2026-01-01 00:08:38+00:00','2026-01-01 00:10:29+00:00',NULL,3,4,1);
INSERT INTO "race" VALUES(3,5025000,'https://vod.example/ann-2','','approved','2026-01-01 00:09:15+00:00','2026-01-01 00:09:52+00:00',NULL,2,4,1);
CREATE TABLE "role_mapping" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "discord_role_id" BIGINT NOT NULL,
    "role" VARCHAR(16) NOT NULL  /* OWNER: owner\nADMIN: admin\nORGANIZER: organizer\nMODERATOR: moderator\nREVIEWER: reviewer\nRACER: racer */,
    "guild_link_id" INT NOT NULL REFERENCES "guild_link" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_role_mappin_guild_l_0d87bf" UNIQUE ("guild_link_id", "discord_role_id", "role")
);
INSERT INTO "role_mapping" VALUES(1,1456074443980800010,'reviewer',1);
INSERT INTO "role_mapping" VALUES(2,1456074443980800011,'moderator',1);
CREATE TABLE "tortoise_migrations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "app" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "applied_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_tortoise_mi_app_3803a5" UNIQUE ("app", "name")
);
INSERT INTO "tortoise_migrations" VALUES(1,'herald','0001_initial','2026-11-25 00:11:19.371122+00:00');
CREATE TABLE "tournament" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(80) NOT NULL,
    "name_key" VARCHAR(160) NOT NULL,
    "type" VARCHAR(16) NOT NULL  /* SPEEDRUN: speedrun\nRANDOMIZER: randomizer\nSIM_RACING: sim racing\nOTHER: other */,
    "description" VARCHAR(1000) NOT NULL,
    "seed" VARCHAR(500) NOT NULL,
    "status" VARCHAR(16) NOT NULL  /* DRAFT: draft\nOPEN: open\nRUNNING: running\nENDED: ended */,
    "created_at" TIMESTAMP NOT NULL,
    "started_at" TIMESTAMP,
    "ended_at" TIMESTAMP,
    "organization_id" INT NOT NULL REFERENCES "organization" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_tournament_organiz_63ebb5" UNIQUE ("organization_id", "name_key")
);
INSERT INTO "tournament" VALUES(1,'Spring Cup','spring cup','speedrun','Any%, glitchless.','https://seeds.example/spring','ended','2026-01-01 00:02:28+00:00','2026-01-01 00:06:47+00:00','2026-01-01 00:11:43+00:00',1);
CREATE INDEX "idx_audit_entry_organiz_b015de" ON "audit_entry" ("organization_id", "event_seq");
CREATE INDEX "idx_audit_entry_organiz_9cc35f" ON "audit_entry" ("organization_id", "occurred_at");
CREATE INDEX "idx_audit_entry_organiz_a97414" ON "audit_entry" ("organization_id", "actor_id");
CREATE INDEX "idx_audit_entry_organiz_c75e2f" ON "audit_entry" ("organization_id", "action");
CREATE INDEX "idx_message_status_957a88" ON "message" ("status", "target_kind", "target_id", "seq");
CREATE INDEX "idx_invite_status_0483a1" ON "invite" ("status", "expires_at");
CREATE INDEX "idx_invite_organiz_546885" ON "invite" ("organization_id", "status");
CREATE INDEX "idx_invite_invitee_0309f3" ON "invite" ("invitee_id", "status");
CREATE INDEX "idx_personal_da_account_bc4521" ON "personal_data" ("account_id");
CREATE INDEX "idx_delivery_status_fb0115" ON "delivery" ("status", "event_id");
CREATE INDEX "idx_race_tournam_9d5c97" ON "race" ("tournament_id", "status");
CREATE INDEX "idx_race_racer_i_9d1aa1" ON "race" ("racer_id", "tournament_id");
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tortoise_migrations',1);
INSERT INTO "sqlite_sequence" VALUES('account',5);
INSERT INTO "sqlite_sequence" VALUES('event',29);
INSERT INTO "sqlite_sequence" VALUES('delivery',71);
INSERT INTO "sqlite_sequence" VALUES('audit_entry',29);
INSERT INTO "sqlite_sequence" VALUES('organization',1);
INSERT INTO "sqlite_sequence" VALUES('membership',3);
INSERT INTO "sqlite_sequence" VALUES('guild_link',1);
INSERT INTO "sqlite_sequence" VALUES('message',32);
INSERT INTO "sqlite_sequence" VALUES('role_mapping',2);
INSERT INTO "sqlite_sequence" VALUES('tournament',1);
INSERT INTO "sqlite_sequence" VALUES('invite',1);
INSERT INTO "sqlite_sequence" VALUES('entrant',2);
INSERT INTO "sqlite_sequence" VALUES('race',3);
INSERT INTO "message_target" VALUES(1,'user',42,'2026-01-02 00:00:00+00:00','Discord refused it: Cannot send messages to this user (50007)');
COMMIT;
