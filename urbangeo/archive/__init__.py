"""The archive: named tables with source, licence and checksum, and what a run used and did."""
