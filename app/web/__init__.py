"""Pages for people, in French and in English, made of records, without a line of JavaScript."""
