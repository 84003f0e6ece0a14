"""The chosen set of Asterisk modules: what is loaded, and why.

Asterisk loads everything it finds by default, and modules that miss their file "decline" in passing. Here
each module is required: a missing one stops the start with its name in the log.
"""

from __future__ import annotations

from typing import NamedTuple


class ModuleGroup(NamedTuple):
    """Modules that are there for one reason."""

    why: str
    names: tuple[str, ...]


MODULES: tuple[ModuleGroup, ...] = (
    ModuleGroup("the ground: configuration objects, timing", (
        "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_timing_timerfd",
        "res_pjproject",
    )),
    ModuleGroup("SIP: endpoints, digests, registrations, media", (
        "res_pjsip", "res_pjsip_pubsub", "res_pjsip_session", "res_pjsip_sdp_rtp", "res_pjsip_registrar",
        "res_pjsip_authenticator_digest", "res_pjsip_outbound_authenticator_digest",
        "res_pjsip_outbound_registration", "res_pjsip_endpoint_identifier_user",
        "res_pjsip_endpoint_identifier_ip", "res_pjsip_acl", "res_pjsip_nat", "res_pjsip_caller_id",
        "res_pjsip_header_funcs", "res_pjsip_rfc3326", "res_pjsip_dtmf_info", "res_pjsip_dlg_options",
        "res_pjsip_empty_info", "res_pjsip_refer", "res_pjsip_logger", "res_rtp_asterisk", "res_srtp",
        "chan_pjsip",
    )),
    ModuleGroup("sound: G.711 and G.722, files, music", (
        "codec_ulaw", "codec_g722", "codec_resample", "format_pcm", "format_sln", "format_wav",
        "res_musiconhold",
    )),
    ModuleGroup("bridges: two parties natively or simply, more by mixing", (
        "bridge_simple", "bridge_native_rtp", "bridge_softmix", "bridge_holding", "bridge_builtin_features",
    )),
    ModuleGroup("ARI", (
        "res_http_websocket", "res_websocket_client", "res_stasis", "res_stasis_answer",
        "res_stasis_playback", "res_stasis_recording", "res_stasis_snoop", "res_stasis_device_state",
        "res_ari", "res_ari_model",
        "res_ari_applications", "res_ari_asterisk", "res_ari_bridges", "res_ari_channels",
        "res_ari_device_states", "res_ari_endpoints", "res_ari_events", "res_ari_playbacks",
        "res_ari_recordings", "res_ari_sounds", "app_stasis",
    )),
    ModuleGroup("the dialplan, and the fallback that needs no controller", (
        "pbx_config", "app_playback", "app_verbose", "app_dial", "app_queue", "func_callerid", "func_channel",
        "func_cdr", "func_cut", "func_logic", "func_strings", "func_uri",
    )),
    ModuleGroup("records", ("cdr_csv", "res_security_log")),
)  # fmt: skip
