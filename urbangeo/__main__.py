"""``python -m urbangeo`` runs the command line."""

from urbangeo.door.cli import main

if __name__ == "__main__":
    main()
