"""Sending the reports that were made by themselves: by SFTP and by mail, each once, until it has gone."""
