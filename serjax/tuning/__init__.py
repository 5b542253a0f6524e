"""Settings searched for by trials, blind to every test part and unseen corpus."""
