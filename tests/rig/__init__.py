"""The test rig: real SIP phones, a real carrier, a real Asterisk, and ears."""
