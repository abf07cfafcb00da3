from tortoise import migrations
from tortoise.migrations import operations as ops

# Of tournaments that have ended, the podium was told without these runs.
ENDED = """
UPDATE tournament SET review_required = TRUE
WHERE status = 'ended' AND NOT EXISTS (SELECT 1 FROM pool WHERE pool.tournament_id = tournament.id)"""

FILL = """
UPDATE entrant SET (best_ms, best_at) = (
    SELECT race.time_ms, race.submitted_at FROM race
    WHERE race.racer_id = entrant.account_id AND race.tournament_id = entrant.tournament_id
        AND race.seed_id IS NULL AND race.status IN ('approved', 'submitted')
    ORDER BY race.time_ms, race.submitted_at, race.id LIMIT 1
)
WHERE tournament_id IN (SELECT id FROM tournament WHERE NOT review_required)"""


class Migration(migrations.Migration):
    dependencies = [("herald", "0012_best_times")]

    operations = [ops.RunSQL(ENDED, ops.RunSQL.noop), ops.RunSQL(FILL, ops.RunSQL.noop)]
