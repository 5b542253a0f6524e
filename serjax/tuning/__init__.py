"""Settings searched for by trials, blind to every test part and unseen corpus.

`space` reads which settings there are to search, `search` proposes and keeps trials,
`selection` says how one is judged, `tune` does so for each method alike, and `found`
writes what came of it. See docs/tuning.md.
"""

SELECTIONS = {
    "valid": "the best validation UA of a run, mean over seeds",
    "leave_one_out": "UA on each training corpus when it is left out of training, mean "
    "over corpora and seeds",
}
"""Training-domain validation and leave-one-domain-out cross-validation of Gulrajani and
Lopez-Paz, "In Search of Lost Domain Generalization", ICLR 2021. Their third, the
oracle, selects on the unseen domain, and is not there.
"""
