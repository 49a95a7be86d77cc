"""Benchmarks: what watching costs, as ratios measured side by side in one run."""
