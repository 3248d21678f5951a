"""The application: configuration, machines, search, records and the command line. It holds no market rule."""
