"""The asyncio shell: ARI events become floor events, floor commands become ARI requests."""
