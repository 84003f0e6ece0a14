"""What a caller meets before a person: the calendar, the numbers, the guidance."""
