from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [('herald', '0008_notifications')]

    operations = [
        ops.CreateModel(
            name='Preset',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('herald.Organization', source_field='organization_id', null=True, db_constraint=True, to_field='id', related_name='presets', on_delete=OnDelete.CASCADE)),
                ('owner', fields.ForeignKeyField('herald.Account', source_field='owner_id', null=True, db_constraint=True, to_field='id', related_name='presets', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=80)),
                ('name_key', fields.CharField(max_length=160)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'preset', 'app': 'herald', 'unique_together': (('organization', 'name_key'), ('owner', 'name_key')), 'pk_attr': 'id', 'table_description': 'Settings under a name, which belong to one person (`owner`) or to an organization, never to both.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PresetVersion',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('preset', fields.ForeignKeyField('herald.Preset', source_field='preset_id', db_constraint=True, to_field='id', related_name='versions', on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('name', fields.CharField(max_length=80)),
                ('text', fields.TextField(unique=False)),
                ('share_key', fields.UUIDField(default=uuid4, unique=True)),
                ('author', fields.ForeignKeyField('herald.Account', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='preset_versions', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'preset_version', 'app': 'herald', 'unique_together': (('preset', 'number'),), 'pk_attr': 'id', 'table_description': 'A preset as it was from one edit to the next: its name then, and its text as it was written.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Tournament',
            name='preset',
            field=fields.ForeignKeyField('herald.Preset', source_field='preset_id', null=True, db_constraint=True, to_field='id', related_name='tournaments', on_delete=OnDelete.SET_NULL),
        ),
    ]
