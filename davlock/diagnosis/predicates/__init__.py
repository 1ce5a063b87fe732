"""Questions that several rules ask of the evidence, answered once, so that the rules cannot disagree."""
