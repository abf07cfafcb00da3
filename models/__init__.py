"""Tables of Herald, one module per aggregate. Knows nothing of the rest of the project."""

from models.account import Account, Permission
from models.attempt import Attempt, AttemptStage, ThreadState
from models.audit import AuditEntry
from models.event import Delivery, DeliveryStatus, PersonalData, StoredEvent
from models.invite import Invite, InviteStatus
from models.match import Match, MatchPlayer, MatchStatus
from models.message import Message, MessageStatus, MessageTarget, TargetKind
from models.notification import NotificationSettings, Reminder, Topic, Way
from models.organization import GuildLink, Membership, Organization, Role, RoleMapping
from models.pool import Pool, Seed
from models.preset import Preset, PresetVersion, Whose
from models.race import Race, RaceStatus
from models.state import BotState
from models.tournament import Entrant, Tournament, TournamentStatus, TournamentType

__all__ = [
    "Account",
    "Attempt",
    "AttemptStage",
    "AuditEntry",
    "BotState",
    "Delivery",
    "DeliveryStatus",
    "Entrant",
    "GuildLink",
    "Invite",
    "InviteStatus",
    "Match",
    "MatchPlayer",
    "MatchStatus",
    "Membership",
    "Message",
    "MessageStatus",
    "MessageTarget",
    "NotificationSettings",
    "Organization",
    "Permission",
    "PersonalData",
    "Pool",
    "Preset",
    "PresetVersion",
    "Race",
    "RaceStatus",
    "Reminder",
    "Role",
    "RoleMapping",
    "Seed",
    "StoredEvent",
    "TargetKind",
    "ThreadState",
    "Topic",
    "Tournament",
    "TournamentStatus",
    "TournamentType",
    "Way",
    "Whose",
]
