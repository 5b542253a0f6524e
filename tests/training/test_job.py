from serjax.training.job import note_few_rows


def test_few_rows_of_a_value_are_noted_with_the_batch_size_that_would_do(make_job):
    # 18 rows of two corpora; gender: nine, six, and three unknown.
    roles = "corpus:coral,gender:mmd,speaker:ganin"
    assert note_few_rows(make_job(roles=roles, batch_size=24)) == []
    (note,) = note_few_rows(make_job(roles=roles, batch_size=18))
    assert note.startswith(
        "mmd of gender: a batch of 18 has 6.0 utterances of 'male' on average; "
        "expected 8 or more. Give --batches=even and --batch_size=24 or more,"
    )
    assert len(note_few_rows(make_job(roles=roles, batch_size=8))) == 2
    assert note_few_rows(make_job(batch_size=8)) == []
