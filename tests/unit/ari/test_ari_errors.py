from __future__ import annotations

import pytest

from ari.errors import Fault, classify


@pytest.mark.parametrize(
    ("method", "path", "status", "message", "fault"),
    [
        ("GET", "/channels/x", 404, "Channel not found", Fault.GONE),
        ("DELETE", "/playbacks/x", 404, "Playback not found", Fault.GONE),
        ("DELETE", "/bridges/x", 404, "Bridge not found", Fault.GONE),
        ("GET", "/nonsense", 404, "Resource not found", Fault.BUG),
        ("POST", "/bridges/b/addChannel", 400, "Channel not found", Fault.GONE),
        ("POST", "/bridges/b/removeChannel", 400, "Channel not found", Fault.GONE),
        ("POST", "/channels/x/play", 400, "offsetms cannot be negative", Fault.BUG),
        ("POST", "/channels/x/play", 409, "Channel not in Stasis application", Fault.NOT_IN_APP),
        ("POST", "/bridges/b/addChannel", 409, "Bridge not in Stasis application", Fault.NOT_IN_APP),
        ("POST", "/bridges/b/addChannel", 422, "Channel not in Stasis application", Fault.NOT_IN_APP),
        ("POST", "/bridges/b/removeChannel", 422, "Channel not in this bridge", Fault.WRONG_STATE),
        ("POST", "/bridges/b/addChannel", 409, "Channel x currently recording", Fault.CONFLICT),
        ("POST", "/channels/x/dial", 409, "Channel is not in the 'Down' state", Fault.WRONG_STATE),
        ("POST", "/channels/x/answer", 412, "Channel in invalid state", Fault.WRONG_STATE),
        ("POST", "/channels", 409, "Channel with given unique ID already exists", Fault.CONFLICT),
        ("POST", "/bridges", 409, "Bridge with id 'b' already exists", Fault.CONFLICT),
        (
            "POST",
            "/bridges",
            500,
            "Unable to create bridge. Possible duplicate bridge id 'b'",
            Fault.CONFLICT,
        ),
        ("POST", "/channels", 500, "Allocation failed", Fault.UNREACHABLE),
        ("POST", "/channels/create", 500, "Allocation failed", Fault.UNREACHABLE),
        ("POST", "/channels/offer-1", 500, "Allocation failed", Fault.UNREACHABLE),
        ("POST", "/channels/offer-1/dial", 500, "Allocation failed", Fault.UNREACHABLE),
        ("POST", "/channels/offer-1/snoop", 500, "Allocation failed", Fault.BUG),
        ("POST", "/bridges", 500, "Allocation failed", Fault.BUG),
        ("GET", "/channels/x", 500, "Allocation failed", Fault.BUG),
        ("POST", "/applications/a/subscription", 422, "Event source does not exist", Fault.GONE),
        ("POST", "/channels/x/record", 422, "specified format is unknown on this system", Fault.BUG),
        ("GET", "/channels", 401, "Unauthorized", Fault.BUG),
        ("GET", "/channels", 503, "Asterisk not booted", Fault.DISCONNECTED),
    ],
)
def test_given_an_answer_of_asterisk_when_classified_then_its_fault_is(
    method: str, path: str, status: int, message: str, fault: Fault
) -> None:
    assert classify(method, path, status, message) is fault
