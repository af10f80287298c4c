"""The windows floor: what people see. Maps and tables are drawn from frames; nothing is computed here."""
