"""asyncio client of the Asterisk REST Interface (ARI): typed requests, ordered events, one connection.

It knows nothing of what it is used for. See ari/README.md.
"""

from ari.client import Client, connect
from ari.connection import Timing
from ari.dispatch import Subscription
from ari.errors import AriError, Disconnected, Fault, RequestTimeout
from ari.events import UnknownEvent
from ari.fence import Fence
from ari.generated import models
from ari.generated.models import Event, Message
from ari.generated.verbs import (
    ApplicationHandle,
    BridgeHandle,
    ChannelHandle,
    DeviceStateHandle,
    EndpointHandle,
    LiveRecordingHandle,
    MailboxHandle,
    PlaybackHandle,
    StoredRecordingHandle,
)
from ari.ids import IdMaker, new_id
from ari.wire import Request, Response, Transport

__all__ = [
    "ApplicationHandle",
    "AriError",
    "BridgeHandle",
    "ChannelHandle",
    "Client",
    "DeviceStateHandle",
    "Disconnected",
    "EndpointHandle",
    "Event",
    "Fault",
    "Fence",
    "IdMaker",
    "LiveRecordingHandle",
    "MailboxHandle",
    "Message",
    "PlaybackHandle",
    "Request",
    "RequestTimeout",
    "Response",
    "StoredRecordingHandle",
    "Subscription",
    "Timing",
    "Transport",
    "UnknownEvent",
    "connect",
    "models",
    "new_id",
]
