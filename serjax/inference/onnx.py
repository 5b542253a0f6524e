"""A trained classifier as ONNX, for programs without serjax, jax or Python.

Built node by node from the parameters. A graph from frames, and one from a signal.
"""

import json
from pathlib import Path

from serjax.data.front_end import make_front_end
from serjax.files import replacing, write_text
from serjax.inference.trained import Trained

MODEL = "model.onnx"
FEATURES = "features.onnx"


def write_onnx(folder: Path, trained: Trained, card: str) -> None:
    """Write a folder with the model as ONNX.

    `model.onnx` reads a signal, float32[1, samples], at the front end's rate;
    `model.yaml` describes it to audonnx; `features.onnx` reads log-mel frames,
    float32[batch, frames, mels], not normalised, and lengths int64[batch] of 1 or more.
    Both give `probabilities`, `logits` and `embedding`. Under a normalisation over
    speakers or a corpus both also read `mean` and `std`, float32[batch, mels].

    Args:
      folder: made if need be; files in it are replaced.
      trained: the classifier.
      card: becomes README.md.

    Raises:
      ValueError: the encoder has no ONNX form, or the package onnx is not installed.
    """
    models = {FEATURES: make_model(trained), MODEL: make_model(trained, True)}
    for name, content in models.items():
        with replacing(folder / name) as temporary:
            temporary.write_bytes(content)
    write_text(folder / "model.yaml", _audonnx_yaml(trained))
    write_text(folder / "README.md", card)


def make_model(trained: Trained, from_signal: bool = False) -> bytes:
    """Make the content of an ONNX file, see `write_onnx`.

    Raises:
      ValueError: as `write_onnx`.
    """
    _check(trained)
    from serjax.inference.graph import FLOAT, INT64, Graph
    from serjax.inference.onnx_encoders import ENCODER_NODES, dense
    from serjax.inference.onnx_front import log_mel, normalise

    config, params = trained.config, trained.params
    graph = Graph()
    if from_signal:
        signal = graph.input("signal", FLOAT, [1, "samples"])
        x = log_mel(graph, config.features, signal)
        lengths = graph("Reshape", graph.size(x, 1), [1])
    else:
        x = graph.input("features", FLOAT, ["batch", "frames", trained.dims])
        lengths = graph.input("lengths", INT64, ["batch"])
    batch = 1 if from_signal else "batch"
    shape = [batch, trained.dims]
    x = normalise(graph, config.features, shape, x, lengths, trained.moments)
    encode = ENCODER_NODES[config.model.encoder]
    embedding = encode(graph, config.model, params["encoder"], x, lengths)
    if "map" in params:
        mapped = graph("MatMul", embedding, params["map"]["matrix"])
        embedding = graph("Add", mapped, params["map"]["offset"])
    head = params["heads"]["emotion"]
    logits = dense(graph, head, embedding)
    of_classes = [batch, len(trained.classes)]
    return graph.model(
        {
            "probabilities": (graph("Softmax", logits, axis=-1), of_classes),
            "logits": (logits, of_classes),
            "embedding": (embedding, [batch, len(head["kernel"])]),
        },
        _facts(trained),
    )


def _facts(trained: Trained) -> dict[str, str]:
    """What a program must know to feed the model, for its metadata."""
    config = trained.config
    front_end = make_front_end(config.features, config.data).describe()
    return {
        "classes": json.dumps(trained.classes),
        "front_end": json.dumps(front_end),
        "normalisation": config.features.normalisation,
        "trim_db": f"{config.features.trim_db:g}",
    }


def _check(trained: Trained) -> None:
    """Refuse what has no ONNX form, and a machine without the package."""
    try:
        from serjax.inference.onnx_encoders import ENCODER_NODES
    except ImportError as error:
        raise ValueError(
            "ONNX files need the package onnx, which is not installed. Run pip install "
            "'serjax[onnx]'."
        ) from error
    trained.check_hears()
    front_end = trained.config.features.front_end
    if front_end != "logmel":
        raise ValueError(
            f"The front end {front_end} has no ONNX form; logmel has. Write a bundle, "
            "which keeps any front end of serjax."
        )
    named = trained.config.model.encoder
    own = [it.removeprefix("encoder ") for it in trained.own_code]
    if own or named not in ENCODER_NODES:
        raise ValueError(
            f"The encoder {(own or [named])[0]} has no ONNX form; those of "
            f"{', '.join(ENCODER_NODES)} have. Write a bundle, which keeps any encoder."
        )


def _audonnx_yaml(trained: Trained) -> str:
    """As `audonnx.Model.to_yaml` writes it; JSON is YAML."""
    labels = {name: list(trained.classes) for name in ("probabilities", "logits")}
    return (
        "$audonnx.core.model.Model:\n"
        f"  path: {MODEL}\n"
        f"  labels: {json.dumps(labels)}\n"
        "  transform: null\n"
    )
