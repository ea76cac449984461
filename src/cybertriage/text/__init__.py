"""Text views: normalise, fold, language form. Every view keeps its way back to the original characters."""
