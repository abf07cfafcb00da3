from tortoise import migrations
from tortoise.migrations import operations as ops
from models.attempt import AttemptStage, ThreadState
from models.index import Where
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [('herald', '0010_digests')]

    operations = [
        ops.CreateModel(
            name='Pool',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('tournament', fields.ForeignKeyField('herald.Tournament', source_field='tournament_id', db_constraint=True, to_field='id', related_name='pools', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=80)),
                ('name_key', fields.CharField(max_length=160)),
                ('notes', fields.CharField(default='', max_length=500)),
                ('preset', fields.ForeignKeyField('herald.Preset', source_field='preset_id', null=True, db_constraint=True, to_field='id', related_name='pools', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pool', 'app': 'herald', 'unique_together': (('tournament', 'name_key'),), 'pk_attr': 'id', 'table_description': 'Seeds of a tournament that count as equal: whoever races in the pool is given one of them.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Seed',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('pool', fields.ForeignKeyField('herald.Pool', source_field='pool_id', db_constraint=True, to_field='id', related_name='seeds', on_delete=OnDelete.CASCADE)),
                ('permalink', fields.CharField(max_length=500)),
                ('notes', fields.CharField(default='', max_length=500)),
                ('given', fields.IntField(default=0)),
                ('par_total_ms', fields.BigIntField(default=0)),
                ('par_runs', fields.IntField(default=0)),
                ('retired_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'seed', 'app': 'herald', 'unique_together': (('pool', 'permalink'),), 'pk_attr': 'id', 'table_description': 'What is raced: a permalink, a hash or a track. `given` counts how often it was given to somebody.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Attempt',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('tournament', fields.ForeignKeyField('herald.Tournament', source_field='tournament_id', db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.CASCADE)),
                ('pool', fields.ForeignKeyField('herald.Pool', source_field='pool_id', db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.CASCADE)),
                ('seed', fields.ForeignKeyField('herald.Seed', source_field='seed_id', db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.CASCADE)),
                ('racer', fields.ForeignKeyField('herald.Account', source_field='racer_id', db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.CASCADE)),
                ('race', fields.OneToOneField('herald.Race', source_field='race_id', null=True, db_constraint=True, to_field='id', related_name='attempt', on_delete=OnDelete.CASCADE)),
                ('stage', fields.CharEnumField(default=AttemptStage.SEEDED, description='SEEDED: seeded\nRACING: racing\nFINISHED: finished\nSUBMITTED: submitted\nFORFEITED: forfeited', enum_type=AttemptStage, max_length=16)),
                ('stage_before', fields.CharEnumField(null=True, description='SEEDED: seeded\nRACING: racing\nFINISHED: finished\nSUBMITTED: submitted\nFORFEITED: forfeited', enum_type=AttemptStage, max_length=16)),
                ('event_id', fields.UUIDField()),
                ('guild_id', fields.BigIntField()),
                ('parent_channel_id', fields.BigIntField()),
                ('thread_id', fields.BigIntField(null=True)),
                ('thread_state', fields.CharEnumField(default=ThreadState.WANTED, description='WANTED: wanted\nOPEN: open\nCLOSING: closing\nCLOSED: closed\nGONE: gone', enum_type=ThreadState, max_length=16)),
                ('thread_asked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('given_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('starts_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('deadline_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('warn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('undo_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('discarded_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'attempt', 'app': 'herald', 'indexes': [Index(fields=['racer_id', 'tournament_id']), Index(fields=['tournament_id', 'stage']), Index(fields=['seed_id']), Where('due_at IS NOT NULL', 'due_at'), Where("thread_state IN ('wanted', 'closing')", 'id')], 'pk_attr': 'id', 'table_description': "A racer's try at a seed, from the moment that it is given to the end."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Entrant',
            name='counted',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Entrant',
            name='points',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddIndex(
            model_name='Entrant',
            index=Index(fields=['tournament_id', 'points', 'id']),
        ),
        ops.AddField(
            model_name='Race',
            name='claimed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Race',
            name='claimed_by',
            field=fields.ForeignKeyField('herald.Account', source_field='claimed_by_id', null=True, db_constraint=True, to_field='id', related_name='claimed_races', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Race',
            name='doubted_by',
            field=fields.ForeignKeyField('herald.Account', source_field='doubted_by_id', null=True, db_constraint=True, to_field='id', related_name='doubted_races', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Race',
            name='first_time_ms',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Race',
            name='in_game_ms',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Race',
            name='score',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Race',
            name='seed',
            field=fields.ForeignKeyField('herald.Seed', source_field='seed_id', null=True, db_constraint=True, to_field='id', related_name='races', on_delete=OnDelete.CASCADE),
        ),
        ops.AddIndex(
            model_name='Race',
            index=Where('score IS NOT NULL', 'seed_id', 'time_ms'),
        ),
        ops.AddField(
            model_name='Tournament',
            name='closes_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Tournament',
            name='min_account_days',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Tournament',
            name='opens_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Tournament',
            name='reattempts',
            field=fields.IntField(null=True, default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Tournament',
            name='results_hidden',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Tournament',
            name='review_required',
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name='Tournament',
            name='runs_per_pool',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name='Tournament',
            name='vod_required',
            field=fields.BooleanField(default=True, db_default=True),
        ),
    ]

