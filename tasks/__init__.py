"""The five verbs, and the nouns that they work with."""
