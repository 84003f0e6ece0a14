"""What a recogniser of speech understands of the guidance, from the very bytes that go to the telephone."""
