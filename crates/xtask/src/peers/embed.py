"""EmbeddingGemma in sentence-transformers on the CPU: the other side of `khue bench embed`.

Reads the model from the folder that `khue models pull` fills. What sentence-transformers wants
beside the weights (which modules, which tokens are special) is written into a temporary folder.
Prints one JSON document; both sides read the same texts and count their own tokens.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

# Nothing may be looked up: the files are here or the run fails.
os.environ["HF_HUB_OFFLINE"] = "1"

import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer

MODULES = [
    ("", "sentence_transformers.models.Transformer"),
    ("1_Pooling", "sentence_transformers.models.Pooling"),
    ("2_Dense", "sentence_transformers.models.Dense"),
    ("3_Dense", "sentence_transformers.models.Dense"),
    ("4_Normalize", "sentence_transformers.models.Normalize"),
]
# What the model card gives; activation and bias as in the published modules.
SMALL_FILES = {
    "modules.json": [
        {"idx": i, "name": str(i), "path": path, "type": kind}
        for i, (path, kind) in enumerate(MODULES)
    ],
    "sentence_bert_config.json": {"max_seq_length": 2048, "do_lower_case": False},
    "tokenizer_config.json": {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "model_max_length": 2048,
        "padding_side": "right",
    },
    "1_Pooling/config.json": {"word_embedding_dimension": 768, "pooling_mode_mean_tokens": True},
    "2_Dense/config.json": {
        "in_features": 768,
        "out_features": 3072,
        "bias": False,
        "activation_function": "torch.nn.modules.linear.Identity",
    },
    "3_Dense/config.json": {
        "in_features": 3072,
        "out_features": 768,
        "bias": False,
        "activation_function": "torch.nn.modules.linear.Identity",
    },
}
KEPT = ["model.safetensors", "tokenizer.json", "config.json"] + [
    f"{layer}_Dense/model.safetensors" for layer in (2, 3)
]
QUERY_PROMPT = "task: search result | query: "
# On two cores the fastest of 1, 2, 4, 8, 16 and 32: a larger batch falls out of the caches.
BATCH = 4
# One query is over in a few dozen milliseconds: this many for each pass over the passages.
QUERIES = 20


def load(kept: Path, folder: Path) -> SentenceTransformer:
    """The model in f32, from the kept files and the small ones."""
    for path, content in SMALL_FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(content))
    for path in KEPT:
        (folder / path).symlink_to((kept / path).resolve())
    options = {"dtype": torch.float32, "attn_implementation": "sdpa"}
    return SentenceTransformer(str(folder), device="cpu", model_kwargs=options)


def passage(line: str) -> str:
    read = json.loads(line)
    return f"title: {read['title'] or 'none'} | text: {read['text']}"


def row(metric: str, unit: str, values: list[float], tokens: int) -> dict:
    return {
        "metric": metric,
        "unit": unit,
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "n": len(values),
        "tokens": tokens,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--texts", type=Path, required=True)
    arguments.add_argument("--query", required=True)
    arguments.add_argument("-n", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--batch", type=int, default=BATCH)
    given = arguments.parse_args()

    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as folder:
        model = load(given.model, Path(folder))
    lines = given.texts.read_text(encoding="utf-8").split("\n")
    texts = [passage(line) for line in lines if line.strip()]
    query = QUERY_PROMPT + given.query
    counts = [len(ids) for ids in model.tokenizer(texts, truncation=True)["input_ids"]]
    query_tokens = len(model.tokenizer(query)["input_ids"])

    def embed(inputs):
        # `encode` sorts by length itself, so that a batch holds little padding.
        return model.encode(inputs, batch_size=given.batch, show_progress_bar=False)

    embed(texts[: given.batch])
    embed(query)
    speeds, queries = [], []
    for _ in range(given.n):
        began = time.perf_counter()
        embed(texts)
        speeds.append(sum(counts) / (time.perf_counter() - began))
        for _ in range(QUERIES):
            began = time.perf_counter()
            embed(query)
            queries.append((time.perf_counter() - began) * 1e3)
    print(
        json.dumps(
            {
                "software": {
                    "torch": torch.__version__,
                    "sentence-transformers": sentence_transformers.__version__,
                    "transformers": transformers.__version__,
                },
                "settings": {
                    "threads": torch.get_num_threads(),
                    "batch": given.batch,
                    "dtype": str(model.dtype).removeprefix("torch."),
                    "kernels": torch.backends.cpu.get_cpu_capability(),
                },
                "results": [
                    row("embed", "tokens/s", speeds, sum(counts)),
                    row("query", "ms", queries, query_tokens),
                ],
            }
        )
    )


main()
