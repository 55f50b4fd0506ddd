"""The peers in Python. Reads one turn per line, {"texts": [...], "batch": n}, and prints its outcome.

    python-peer.py transformers|fasttext|http FOLDER THREADS

transformers: the pipeline of the library with PyTorch, used as its documentation says. The weights are random, which does not affect speed.
fasttext: a linear model of words and pairs of words, with fastText's defaults for classification. It is trained on two made-up sentences, because
its speed does not depend on what it has learnt: the table for pairs has its full size.
http: ONNX Runtime behind a plain HTTP server, with one text per request. Another process sends one request at a time, or eight, over
persistent connections.
"""

import http.client
import importlib.metadata
import json
import multiprocessing
import os
import re
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONCURRENCY = 8
MAX_TOKENS = 512


def install_mb(names):
    """Size of these packages and all their requirements, in MB."""
    seen, size = set(), 0
    while names:
        name = names.pop().lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in package.files or []:
            path = package.locate_file(file)
            size += os.path.getsize(path) if os.path.isfile(path) else 0
        names += [re.match(r"[\w.-]+", line).group() for line in package.requires or [] if "extra ==" not in line]
    return size / 1e6


def transformers_pipeline(folder, threads):
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformers import (
        DistilBertConfig,
        DistilBertForSequenceClassification,
        PreTrainedTokenizerFast,
        pipeline,
        utils,
    )

    utils.logging.set_verbosity_error()
    torch.set_num_threads(threads)
    config = DistilBertConfig(**json.loads((folder / "config.json").read_text()))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]", model_max_length=MAX_TOKENS
    )
    model = DistilBertForSequenceClassification(config).eval()
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer)

    def run(texts, batch):
        waits = []
        for start in range(0, len(texts), batch):
            some = texts[start : start + batch]
            began = time.perf_counter()
            classify(some, batch_size=batch, truncation=True)
            waits += [time.perf_counter() - began] * len(some)
        return waits

    return run


def fasttext_model():
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        sentences = Path(folder) / "sentences.txt"
        sentences.write_text("__label__POSITIVE it works well\n__label__NEGATIVE it does not work\n")
        model = fasttext.train_supervised(str(sentences), wordNgrams=2, minCount=1, dim=10, verbose=0)

    def run(texts, batch):
        waits = []
        for text in texts:
            began = time.perf_counter()
            model.predict(text.replace("\n", " "))
            waits.append(time.perf_counter() - began)
        return waits

    return run


def server(folder, threads, port):
    import numpy
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(folder / "onnx" / "model_quantized.onnx"), options)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    labels = json.loads((folder / "config.json").read_text())["id2label"]
    inputs = {value.name for value in session.get_inputs()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            text = json.loads(self.rfile.read(int(self.headers["content-length"])))["text"]
            ids = numpy.array([tokenizer.encode(text).ids], dtype=numpy.int64)
            feeds = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
            (logits,) = session.run(["logits"], {name: value for name, value in feeds.items() if name in inputs})
            powers = numpy.exp(logits[0] - logits[0].max())
            best = int(powers.argmax())
            body = json.dumps({"label": labels[str(best)], "score": float(powers[best] / powers.sum())}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.send(listening.server_port)
    listening.serve_forever()


def http_calls(folder, threads):
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=server, args=(folder, threads, theirs), daemon=True)
    process.start()
    port = ours.recv()
    local = threading.local()

    def call(text):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection("127.0.0.1", port)
        began = time.perf_counter()
        local.connection.request("POST", "/", json.dumps({"text": text}), {"content-type": "application/json"})
        json.loads(local.connection.getresponse().read())
        return time.perf_counter() - began

    pools = {}

    def run(texts, batch):
        concurrency = CONCURRENCY if batch > 1 else 1
        pool = pools.setdefault(concurrency, ThreadPoolExecutor(concurrency))
        return list(pool.map(call, texts))

    return run, process.pid


def main():
    kind, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    measured = os.getpid()
    if kind == "transformers":
        run = transformers_pipeline(folder, threads)
        packages = ["torch", "transformers"]
    elif kind == "fasttext":
        run = fasttext_model()
        packages = ["fasttext-community"]
    else:
        run, measured = http_calls(folder, threads)
        packages = ["onnxruntime", "tokenizers", "numpy"]
    run(["warm-up"], 1)
    print(json.dumps({"installMb": install_mb(packages)}), flush=True)
    for line in sys.stdin:
        turn = json.loads(line)
        began = time.perf_counter()
        waits = run(turn["texts"], turn["batch"])
        seconds = time.perf_counter() - began
        status = Path(f"/proc/{measured}/status")
        rss = re.search(r"VmRSS:\s+(\d+)", status.read_text()).group(1) if status.exists() else "0"
        outcome = {
            "reviewsPerSecond": len(turn["texts"]) / seconds,
            "waitsMs": [wait * 1000 for wait in waits],
            "rssMb": int(rss) / 1024,
        }
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
