"""Stores metrics, writes them in the Prometheus text formats and serves them.

What a caller can rely on:

- Memory is bounded. Each label has a limit of values, which are admitted first
  come, first served; past it, updates go to the series whose value is ``_other``
  and are counted in ``emitter_label_values_folded_total``. A label that several
  metrics have is one set. Values are cut to 128 bytes.
- Bad numbers do no harm. What would make a series useless (not finite, or
  negative in a histogram, or no whole number from 0 for a counter) is not
  recorded, but counted in ``emitter_values_dropped_total``.
- No update raises.
"""
