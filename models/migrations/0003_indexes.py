from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("herald", "0002_claims")]

    operations = [
        ops.RemoveIndex("Message", fields=["status", "target_kind", "target_id", "seq"]),
        ops.AddIndex("Message", Index(fields=["status", "claim", "target_kind", "target_id", "seq"])),
        ops.RemoveIndex("AuditEntry", fields=["organization_id", "occurred_at"]),
        ops.AddIndex("AuditEntry", Index(fields=["organization_id", "occurred_at", "event_seq"])),
        ops.RemoveIndex("AuditEntry", fields=["organization_id", "actor_id"]),
        ops.AddIndex("AuditEntry", Index(fields=["organization_id", "actor_id", "event_seq"])),
        ops.RemoveIndex("AuditEntry", fields=["organization_id", "action"]),
        ops.AddIndex("AuditEntry", Index(fields=["organization_id", "action", "event_seq"])),
        ops.AddIndex("AuditEntry", Index(fields=["organization_id", "entity_type", "event_seq", "entity_id"])),
    ]
