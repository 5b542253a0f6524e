import collections

from serjax.config import sort_attributes
from serjax.study.grid import ALL_ATTRIBUTE_SETS
from serjax.training import loop


def _train(job, bar):
    progress = loop.start(job)
    return [line for _, line in loop.epochs(job, progress, lambda: None, bar)]


def test_a_grid_of_46_models_traces_two_training_programs(make_job, traced, no_bar):
    sets = [sort_attributes(names) for names in ALL_ATTRIBUTE_SETS]
    assert len(sets) == 15
    alphas = collections.defaultdict(set)

    def run(approach, attributes=(), **more):
        job = make_job(approach=approach, attributes=attributes, epochs=3, **more)
        assert job.buckets == (16,)
        alphas[approach].update(line["alpha"] for line in _train(job, no_bar))

    run("baseline")
    for approach in ("multitask", "reversal"):
        for attributes in sets:
            run(approach, attributes)
    one_each = {("train", 8, 16): 1, ("predict", 8, 16): 1}
    assert traced() == one_each
    for attributes in sets:
        run("adversarial", attributes)
    assert traced() == {**one_each, ("adversarial", 8, 16): 1}
    assert alphas["reversal"] == {0.0, 0.25, 0.5}
    # Seeds, strengths and splits are operands too.
    run("baseline", seed=1)
    run("multitask", ("gender",), alpha_multitask=0.7, seed=2, split_seed=3)
    assert traced() == {**one_each, ("adversarial", 8, 16): 1}
