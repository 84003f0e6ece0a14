"""Answers every call that reaches Stasis(answering), says something, and hangs up.

``python -m ari.examples.answering_machine http://127.0.0.1:8088/ari USER PASSWORD [MEDIA]``

The dialplan needs one line: ``exten = s,1,Stasis(answering)``. MEDIA is "sound:hello-world" unless given.
"""

from __future__ import annotations

import asyncio
import logging
import sys

import ari

log = logging.getLogger(__name__)


async def serve(url: str, user: str, password: str, media: str) -> None:
    """Serves calls until cancelled, or until another program takes the application over."""
    async with ari.connect(url, "answering", user, password) as client:

        def call_came(channel: ari.ChannelHandle, _: ari.models.StasisStart) -> None:
            # Handlers are plain functions. These requests reach Asterisk in this order; none is waited for.
            playback = client.playback(ari.new_id("say-"))
            playback.on_event("PlaybackFinished", lambda _, done: said(channel, done))
            client.forget(channel.answer())
            client.forget(channel.play_with_id(playback.id, media=media))

        def said(channel: ari.ChannelHandle, event: ari.models.PlaybackFinished) -> None:
            log.info("%s heard %s: %s", channel.id, event.playback.media_uri, event.playback.state)
            client.forget(channel.hangup())

        client.on_channel_event("StasisStart", call_came)
        await client.wait_ended()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    if len(sys.argv) not in {4, 5}:
        sys.exit("usage: answering_machine URL USER PASSWORD [MEDIA]")
    _, where, name, secret, *rest = sys.argv
    asyncio.run(serve(where, name, secret, rest[0] if rest else "sound:hello-world"))
