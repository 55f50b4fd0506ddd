"""Extracts the schemas of the kinds that the manifests use, and writes them to schemas.json.

    pip install kubernetes-validate==1.37.0 cloudcoil-models-keda==2.16.1.0
    python deploy/kubernetes/schema/extract.py

The packages carry the schemas of Kubernetes 1.37 and KEDA 2.16. Descriptions are left out, and no object may have fields that its schema
does not name, so that a misspelt field is an error.
"""

import json
from pathlib import Path

import kubernetes_validate
from cloudcoil.models.keda import v1alpha1 as keda

KUBERNETES = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / "v1.37.0-local-strict"
KINDS = {
    "apps/v1 Deployment": "io.k8s.api.apps.v1.Deployment",
    "policy/v1 PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
    "v1 ServiceAccount": "io.k8s.api.core.v1.ServiceAccount",
}
KEDA_KINDS = {
    "keda.sh/v1alpha1 ScaledObject": keda.ScaledObject,
    "keda.sh/v1alpha1 TriggerAuthentication": keda.TriggerAuthentication,
}

definitions = {}


def strict(value):
    """The schema without descriptions, and with references into `definitions`."""
    if isinstance(value, list):
        return [strict(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, inner in value.items():
        if name in ("description", "title", "default", "format") and not isinstance(inner, dict):
            continue
        if name.startswith("x-kubernetes") or name == "$schema":
            continue
        if name == "properties":
            kept[name] = {field: strict(schema) for field, schema in inner.items()}
        elif name == "$ref":
            kept[name] = f"#/definitions/{inner.rsplit('/', 1)[-1]}"
        else:
            kept[name] = strict(inner)
    if "properties" in kept and kept.get("additionalProperties") in (None, True):
        kept["additionalProperties"] = False
    return kept


def references(value):
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner.rsplit("/", 1)[-1]
            else:
                yield from references(inner)


def add(name, source):
    if name in definitions:
        return
    definitions[name] = strict(source[name])
    for other in references(definitions[name]):
        add(other, source)


kinds = {}
kubernetes = json.loads((KUBERNETES / "_definitions.json").read_text())["$defs"]
for kind, name in KINDS.items():
    add(name, kubernetes)
    kinds[kind] = name
for kind, model in KEDA_KINDS.items():
    schema = model.model_json_schema(by_alias=True)
    source = {**schema.pop("$defs"), model.__name__: schema}
    add(model.__name__, source)
    kinds[kind] = model.__name__

lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(schema)}" for name, schema in sorted(definitions.items()))
text = f'{{"kinds": {json.dumps(kinds)},\n"definitions": {{\n{lines}\n}}}}\n'
Path(__file__).with_name("schemas.json").write_text(text)
