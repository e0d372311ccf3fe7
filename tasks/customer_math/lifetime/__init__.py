"""What customers will still bring: how long contracts last, who still buys and how often, and how much; pure functions of counts."""
