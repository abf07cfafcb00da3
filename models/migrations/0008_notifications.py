from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.notification import Way
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('herald', '0007_channels')]

    operations = [
        ops.CreateModel(
            name='NotificationSettings',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('herald.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name='notification_settings', on_delete=OnDelete.CASCADE)),
                ('account', fields.ForeignKeyField('herald.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='notification_settings', on_delete=OnDelete.CASCADE)),
                ('invites', fields.CharEnumField(description='DM: dm\nMENTION: mention\nNOTHING: nothing', enum_type=Way, max_length=8)),
                ('runs', fields.CharEnumField(description='DM: dm\nMENTION: mention\nNOTHING: nothing', enum_type=Way, max_length=8)),
                ('matches', fields.CharEnumField(description='DM: dm\nMENTION: mention\nNOTHING: nothing', enum_type=Way, max_length=8)),
                ('tournaments', fields.CharEnumField(description='DM: dm\nMENTION: mention\nNOTHING: nothing', enum_type=Way, max_length=8)),
                ('leads', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('quiet_from', fields.IntField(null=True)),
                ('quiet_until', fields.IntField(null=True)),
            ],
            options={'table': 'notification_settings', 'app': 'herald', 'unique_together': (('organization', 'account'),), 'pk_attr': 'id', 'table_description': 'How somebody wants to hear of what concerns them in one organization.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Reminder',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('match', fields.ForeignKeyField('herald.Match', source_field='match_id', db_constraint=True, to_field='id', related_name='reminders', on_delete=OnDelete.CASCADE)),
                ('account', fields.ForeignKeyField('herald.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='reminders', on_delete=OnDelete.CASCADE)),
                ('lead', fields.IntField()),
                ('due_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reminder', 'app': 'herald', 'unique_together': (('match', 'account', 'lead'),), 'pk_attr': 'id', 'table_description': 'Somebody is to be reminded of a match at `due_at` (UTC).'},
            bases=['Model'],
        ),
    ]
