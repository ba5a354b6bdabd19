"""A small builder of ONNX graphs: names, initialisers, int8 weights."""
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


def quantise(weights, axis):
    """Symmetric int8 with one float scale for every index of `axis`: int8 values, float32 scales."""
    other = 1 - axis
    scale = numpy.maximum(numpy.abs(weights).max(axis=other, keepdims=True) / 127, 1e-12).astype(numpy.float32)
    return numpy.clip(numpy.rint(weights / scale), -127, 127).astype(numpy.int8), scale


class Graph:
    def __init__(self, name):
        self.name, self.nodes, self.initializers, self.inputs, self.outputs = name, [], [], [], []
        self.known = {}

    def op(self, kind, *inputs, outputs=1, name=None, **attributes):
        """Adds a node; returns its output name, or a list of names."""
        names = [name] if name else [f"{kind.lower()}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if len(names) == 1 else names

    def constant(self, value, dtype=numpy.float32):
        """An initialiser; equal small constants are shared."""
        array = numpy.asarray(value, dtype=dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = f"constant_{len(self.initializers)}"
            self.initializers.append(numpy_helper.from_array(array, self.known[key]))
        return self.known[key]

    def ints(self, *values):
        return self.constant(values, numpy.int64)

    def matmul(self, x, weights):
        """x @ weights with int8 weights [in, out]: Cast and Mul are folded by onnxruntime when it loads the model.

        DequantizeLinear in this place stays in the graph and ran seven times slower.
        """
        values, scale = quantise(weights, axis=1)
        full = self.op("Mul", self.op("Cast", self.constant(values, numpy.int8), to=TensorProto.FLOAT), self.constant(scale))
        return self.op("MatMul", x, full)

    def rows(self, table, ids):
        """Rows of an int8 table, made float after they are taken."""
        values, scale = quantise(table, axis=0)
        taken = self.op("Cast", self.op("Gather", self.constant(values, numpy.int8), ids), to=TensorProto.FLOAT)
        return self.op("Mul", taken, self.op("Gather", self.constant(scale), ids))

    def norm(self, x, scale, shift):
        return self.op("LayerNormalization", x, self.constant(scale), self.constant(shift), axis=-1, epsilon=1e-5)

    def size(self, x, axis):
        """Length of one axis as an int64 tensor of one element."""
        return self.op("Gather", self.op("Shape", x), self.ints(axis))

    def input(self, name, dtype, shape):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, value, name, shape):
        self.op("Identity", value, name=name)
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tutti")
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        return model
