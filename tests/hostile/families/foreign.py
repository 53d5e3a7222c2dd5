"""Operators, formats and settings that are not plain ONNX, and operators that answer differently each time."""

import json

from onnx import helper

from parts import ANSWERS, HONEST, INVALID, Case, classifier, late

FUNCTION = '<domain: "{domain}", opset_import: ["" : 17]> {name} (x) => (y) {{ y = Relu(x) }}'


def with_metadata(**entries):
    """An honest model that would like to configure its session."""
    model = classifier(HONEST)
    helper.set_model_props(model, entries)
    return model


def foreign(domain: str, kind: str, **attributes):
    """One node of another domain."""
    model = classifier("scores = Identity(strange)", imports={domain: 1})
    model.graph.node.insert(2, helper.make_node(kind, ["logits"], ["strange"], domain=domain, **attributes))
    return model


def random_in_function():
    """The random node is a function's."""
    text = '<domain: "own", opset_import: ["" : 17]> shake (x) => (y) { r = RandomNormalLike(x) y = Add(x, r) }'
    return classifier("scores = own.shake(logits)", imports={"own": 1}, functions=text)


def random_in_branch():
    """The random node is a branch's."""
    return classifier("""
        yes = Constant<value = bool {1}>()
        scores = If<then_branch = shaken () => (float[n,3] a) { r = RandomUniformLike(logits) a = Add(logits, r) },
            else_branch = other () => (float[n,3] b) { b = Identity(logits) }>(yes)
    """)


def cases():
    """Foreign operators are refused; settings within a model are not heeded."""

    def refused(name, model, attempts):
        return Case(name, model, INVALID, attempts)

    yield refused("custom_domain", foreign("evil.example", "Run"), "an operator that nobody has")
    context = {"embed_mode": 0, "ep_cache_context": "/etc/passwd", "main_context": 1}
    yield refused("ep_context", foreign("com.microsoft", "EPContext", **context), "a compiled blob, read from a file")
    yield refused("contrib_operator", foreign("com.microsoft", "Gelu"), "an operator of ONNX Runtime alone")
    yield refused("python_operator", foreign("ai.onnx.contrib", "PyOp", code="import os"), "Python")
    yield refused("aten_operator", foreign("org.pytorch.aten", "ATen", operator="relu"), "a call into PyTorch")
    yield refused("training_operator", foreign("ai.onnx.preview.training", "Adam"), "an operator of training")
    yield refused("internal_operator", foreign("com.ms.internal.nhwc", "Relu"), "a domain internal to ONNX Runtime")
    domain_twice = classifier(HONEST).SerializeToString(deterministic=True)
    # node { input: "logits" output: "scores" op_type: "Identity" domain: "" domain: "evil" op_type: "Run" }
    node = b"\x0a\x06logits\x12\x05extra\x22\x08Identity\x3a\x00\x3a\x04evil\x22\x03Run"
    graph = b"\x0a" + bytes([len(node)]) + node
    yield refused("domain_given_twice", domain_twice + b"\x3a" + bytes([len(graph)]) + graph, "a domain that changes")

    yield refused("ort_format", b"\x28\0\0\0ORTM" + bytes(64), "ONNX Runtime's own format, which trusts its input")
    honest = classifier(HONEST).SerializeToString(deterministic=True)
    # Field 15 is unknown to ONNX and skipped: the mark stands where the other format has it.
    yield refused("ort_format_and_onnx", b"\x7a\x06\x00\x00ORTM" + honest, "a file that is both formats")

    profile = json.dumps({"session_options": {"enable_profiling": 1, "intra_op_num_threads": 64}})
    yield Case("metadata_session_options", with_metadata(ort_config=profile), [ANSWERS], "settings of the session")
    path = with_metadata(**{"session.optimized_model_filepath": "/tmp/egret-hostile", "ep.context_enable": "1"})
    yield Case("metadata_output_file", path, [ANSWERS], "a file that the session would write")

    # Whichever of the two is run, both were looked at.
    either = [*INVALID, ANSWERS]
    shadow = FUNCTION.format(domain="", name="Flatten")
    yield Case("function_shadows_operator", classifier(HONEST, functions=shadow), either, "an operator redefined")
    shadow = FUNCTION.format(domain="ai.onnx", name="Flatten")
    yield Case("function_shadows_operator_by_alias", classifier(HONEST, functions=shadow), either, "the same by its alias")
    chance = classifier("r = RandomUniformLike(logits)\nscores = Add(logits, r)",
                        functions=FUNCTION.format(domain="", name="RandomUniformLike"))
    yield refused("random_behind_function", chance, "chance, under the name of a function")
    contrib = {"imports": {"com.microsoft": 1}, "functions": FUNCTION.format(domain="com.microsoft", name="Gelu")}
    contrib = classifier("scores = com.microsoft.Gelu(logits)", **contrib)
    yield refused("contrib_operator_behind_function", contrib, "a foreign operator, under the name of a function")
    alias = classifier("r = ai.onnx.RandomUniformLike(logits)\nscores = Add(logits, r)", imports={"ai.onnx": 17})
    yield refused("random_by_alias", alias, "chance, by the other name of the domain")
    blank = classifier("scores = Identity(logits)")
    blank.graph.node[-1].domain = " "
    yield refused("domain_blank", blank, "a domain that looks like none")
    nul = classifier("r = RandomUniformLike(logits)\nscores = Add(logits, r)")
    nul.graph.node[2].op_type = "RandomUniformLike\0Identity"
    yield refused("operator_cut_by_nul", nul, "a name that a reader may cut")

    yield refused("random_normal", classifier("r = RandomNormal<shape=[3]>()\nscores = Add(logits, r)"), "chance")
    yield refused("random_seeded", classifier("r = RandomUniformLike<seed=1.0>(logits)\nscores = Add(logits, r)"), "chance")
    yield refused("random_bernoulli", late("h = Sigmoid(logits)\nharm = Bernoulli(h)"), "chance")
    yield refused("random_multinomial", late("c = Multinomial<sample_size=3>(logits)\nharm = Cast<to=1>(c)"), "chance")
    yield refused("random_in_function", random_in_function(), "chance within a function")
    yield refused("random_in_branch", random_in_branch(), "chance within a branch")
    train = "half = Constant<value_float=0.5>()\nyes = Constant<value = bool {1}>()\nscores = Dropout(logits, half, yes)"
    yield refused("dropout_in_training", classifier(train), "chance by a Dropout that trains")
    train = "half = Constant<value_float=0.5>()\nyes = Cast<to=9>(turn)\nno = Not(yes)\nharm = Dropout(logits, half, no)"
    yield refused("dropout_in_training_computed", late(train), "chance by a Dropout whose mode is computed")
