"""Customer math itself: pure Ibis expressions from what was bought, agreed and ended to who came, who left and what they were worth."""
