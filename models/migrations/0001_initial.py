from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.event import DeliveryStatus
from models.invite import InviteStatus
from models.message import MessageStatus, TargetKind
from models.organization import Role
from models.race import RaceStatus
from models.tournament import TournamentStatus, TournamentType
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Account',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('discord_id', fields.BigIntField(unique=True)),
                ('display_name', fields.CharField(max_length=100)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'account', 'app': 'herald', 'pk_attr': 'id', 'table_description': 'A person, known by their Discord account.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('event_id', fields.UUIDField(unique=True)),
                ('event_seq', fields.IntField(unique=True)),
                ('action', fields.CharField(max_length=64)),
                ('version', fields.IntField()),
                ('actor_id', fields.IntField(null=True)),
                ('organization_id', fields.IntField(null=True)),
                ('entity_type', fields.CharField(max_length=32)),
                ('entity_id', fields.IntField()),
                ('occurred_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('data', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'audit_entry', 'app': 'herald', 'indexes': [Index(fields=['organization_id', 'event_seq']), Index(fields=['organization_id', 'occurred_at']), Index(fields=['organization_id', 'actor_id']), Index(fields=['organization_id', 'action'])], 'pk_attr': 'id', 'table_description': 'Who did what to which thing, and when: one row per event, ids and data only.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BotState',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('value', fields.CharField(max_length=500)),
            ],
            options={'table': 'bot_state', 'app': 'herald', 'pk_attr': 'key', 'table_description': 'Small facts that the bot keeps between starts, such as the digest of its synced commands.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Message',
            fields=[
                ('seq', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('id', fields.UUIDField(unique=True)),
                ('organization_id', fields.IntField(null=True)),
                ('event_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=32)),
                ('data', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('target_kind', fields.CharEnumField(description='CHANNEL: channel\nUSER: user', enum_type=TargetKind, max_length=8)),
                ('target_id', fields.BigIntField()),
                ('status', fields.CharEnumField(default=MessageStatus.PENDING, description='PENDING: pending\nSENT: sent\nFAILED: failed', enum_type=MessageStatus, max_length=8)),
                ('attempts', fields.IntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('first_attempt_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('settled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('discord_channel_id', fields.BigIntField(null=True)),
                ('discord_message_id', fields.BigIntField(null=True)),
                ('failure', fields.CharField(null=True, max_length=500)),
            ],
            options={'table': 'message', 'app': 'herald', 'unique_together': (('event_id', 'kind', 'target_kind', 'target_id'),), 'indexes': [Index(fields=['status', 'target_kind', 'target_id', 'seq'])], 'pk_attr': 'seq', 'table_description': 'A message to send. A listener writes it once, and the courier sends it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MessageTarget',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='CHANNEL: channel\nUSER: user', enum_type=TargetKind, max_length=8)),
                ('target_id', fields.BigIntField()),
                ('refused_until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('reason', fields.CharField(max_length=500)),
            ],
            options={'table': 'message_target', 'app': 'herald', 'unique_together': (('kind', 'target_id'),), 'pk_attr': 'id', 'table_description': 'What the courier remembers about a channel or person: until when not to try again, and why.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Organization',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=100)),
                ('time_zone', fields.CharField(max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'organization', 'app': 'herald', 'pk_attr': 'id', 'table_description': 'A community. It owns its tournaments and may be present in several guilds.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GuildLink',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('guild_id', fields.BigIntField(unique=True)),
                ('guild_name', fields.CharField(max_length=100)),
                ('organization', fields.ForeignKeyField('herald.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name='guild_links', on_delete=OnDelete.CASCADE)),
                ('announcement_channel_id', fields.BigIntField(null=True)),
                ('review_channel_id', fields.BigIntField(null=True)),
                ('audit_channel_id', fields.BigIntField(null=True)),
                ('linked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('unlinked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'guild_link', 'app': 'herald', 'pk_attr': 'id', 'table_description': 'A Discord guild that belongs to an organization, and where Herald speaks there.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Invite',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('herald.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name='invites', on_delete=OnDelete.CASCADE)),
                ('creator', fields.ForeignKeyField('herald.Account', source_field='creator_id', db_constraint=True, to_field='id', related_name='created_invites', on_delete=OnDelete.CASCADE)),
                ('invitee', fields.ForeignKeyField('herald.Account', source_field='invitee_id', null=True, db_constraint=True, to_field='id', related_name='received_invites', on_delete=OnDelete.CASCADE)),
                ('code', fields.CharField(null=True, unique=True, max_length=32)),
                ('role', fields.CharEnumField(description='OWNER: owner\nADMIN: admin\nORGANIZER: organizer\nMODERATOR: moderator\nREVIEWER: reviewer\nRACER: racer', enum_type=Role, max_length=16)),
                ('max_uses', fields.IntField()),
                ('uses', fields.IntField(default=0)),
                ('status', fields.CharEnumField(default=InviteStatus.PENDING, description='PENDING: pending\nACCEPTED: accepted\nREJECTED: rejected\nEXPIRED: expired\nREVOKED: revoked', enum_type=InviteStatus, max_length=16)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'invite', 'app': 'herald', 'indexes': [Index(fields=['status', 'expires_at']), Index(fields=['organization_id', 'status']), Index(fields=['invitee_id', 'status'])], 'pk_attr': 'id', 'table_description': 'An offer of a role in an organization: to one person (`invitee`), or to whoever has the `code`.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Membership',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('herald.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.CASCADE)),
                ('account', fields.ForeignKeyField('herald.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.CASCADE)),
                ('role', fields.CharEnumField(description='OWNER: owner\nADMIN: admin\nORGANIZER: organizer\nMODERATOR: moderator\nREVIEWER: reviewer\nRACER: racer', enum_type=Role, max_length=16)),
                ('joined_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'membership', 'app': 'herald', 'unique_together': (('organization', 'account'),), 'pk_attr': 'id', 'table_description': "One person's place in one organization."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PersonalData',
            fields=[
                ('event_id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('account_id', fields.IntField(db_index=True)),
                ('data', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'personal_data', 'app': 'herald', 'pk_attr': 'event_id', 'table_description': 'What an event says about a person, kept apart so that erasing somebody is one update.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RoleMapping',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('guild_link', fields.ForeignKeyField('herald.GuildLink', source_field='guild_link_id', db_constraint=True, to_field='id', related_name='role_mappings', on_delete=OnDelete.CASCADE)),
                ('discord_role_id', fields.BigIntField()),
                ('role', fields.CharEnumField(description='OWNER: owner\nADMIN: admin\nORGANIZER: organizer\nMODERATOR: moderator\nREVIEWER: reviewer\nRACER: racer', enum_type=Role, max_length=16)),
            ],
            options={'table': 'role_mapping', 'app': 'herald', 'unique_together': (('guild_link', 'discord_role_id', 'role'),), 'pk_attr': 'id', 'table_description': 'A Discord role whose holders count as having a Herald role in that guild.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StoredEvent',
            fields=[
                ('seq', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('event_id', fields.UUIDField(unique=True)),
                ('type', fields.CharField(max_length=64)),
                ('version', fields.IntField()),
                ('stream', fields.CharField(max_length=64)),
                ('organization_id', fields.IntField(null=True)),
                ('user_id', fields.IntField(null=True)),
                ('entity_id', fields.IntField()),
                ('occurred_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('payload', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'event', 'app': 'herald', 'pk_attr': 'seq', 'table_description': 'An event as it was committed. `payload` holds its domain fields without personal data.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Delivery',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('event', fields.ForeignKeyField('herald.StoredEvent', source_field='event_id', db_constraint=True, to_field='seq', related_name='deliveries', on_delete=OnDelete.CASCADE)),
                ('handler', fields.CharField(max_length=100)),
                ('priority', fields.IntField()),
                ('stream', fields.CharField(max_length=64)),
                ('status', fields.CharEnumField(default=DeliveryStatus.PENDING, description='PENDING: pending\nDONE: done\nDEAD: dead', enum_type=DeliveryStatus, max_length=8)),
                ('attempts', fields.IntField(default=0)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_error', fields.CharField(null=True, max_length=500)),
            ],
            options={'table': 'delivery', 'app': 'herald', 'unique_together': (('event', 'handler'),), 'indexes': [Index(fields=['status', 'event_id'])], 'pk_attr': 'id', 'table_description': "One event's way to one handler. `due_at` is set while a retry waits (UTC)."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Tournament',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('herald.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name='tournaments', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=80)),
                ('name_key', fields.CharField(max_length=160)),
                ('type', fields.CharEnumField(description='SPEEDRUN: speedrun\nRANDOMIZER: randomizer\nSIM_RACING: sim racing\nOTHER: other', enum_type=TournamentType, max_length=16)),
                ('description', fields.CharField(default='', max_length=1000)),
                ('seed', fields.CharField(default='', max_length=500)),
                ('status', fields.CharEnumField(default=TournamentStatus.DRAFT, description='DRAFT: draft\nOPEN: open\nRUNNING: running\nENDED: ended', enum_type=TournamentStatus, max_length=16)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('started_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tournament', 'app': 'herald', 'unique_together': (('organization', 'name_key'),), 'pk_attr': 'id', 'table_description': 'A race tournament. `name_key` is the case-folded name, unique within the organization.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Entrant',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('tournament', fields.ForeignKeyField('herald.Tournament', source_field='tournament_id', db_constraint=True, to_field='id', related_name='entrants', on_delete=OnDelete.CASCADE)),
                ('account', fields.ForeignKeyField('herald.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='entrants', on_delete=OnDelete.CASCADE)),
                ('joined_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'entrant', 'app': 'herald', 'unique_together': (('tournament', 'account'),), 'pk_attr': 'id', 'table_description': "A racer's place in a tournament."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Race',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('tournament', fields.ForeignKeyField('herald.Tournament', source_field='tournament_id', db_constraint=True, to_field='id', related_name='races', on_delete=OnDelete.CASCADE)),
                ('racer', fields.ForeignKeyField('herald.Account', source_field='racer_id', db_constraint=True, to_field='id', related_name='races', on_delete=OnDelete.CASCADE)),
                ('time_ms', fields.BigIntField()),
                ('vod_url', fields.CharField(max_length=500)),
                ('notes', fields.CharField(default='', max_length=1000)),
                ('status', fields.CharEnumField(default=RaceStatus.SUBMITTED, description='SUBMITTED: submitted\nAPPROVED: approved\nREJECTED: rejected', enum_type=RaceStatus, max_length=16)),
                ('submitted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('reviewer', fields.ForeignKeyField('herald.Account', source_field='reviewer_id', null=True, db_constraint=True, to_field='id', related_name='reviewed_races', on_delete=OnDelete.SET_NULL)),
                ('reviewed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('rejection_reason', fields.CharField(null=True, max_length=500)),
            ],
            options={'table': 'race', 'app': 'herald', 'indexes': [Index(fields=['tournament_id', 'status']), Index(fields=['racer_id', 'tournament_id'])], 'pk_attr': 'id', 'table_description': 'One run that a racer handed in. `time_ms` is its length in milliseconds.'},
            bases=['Model'],
        ),
    ]
