/**
 * Writes ONNX files, as far as the models of the comparison need it: float tensors, nodes with integer attributes. Field
 * numbers and enum values are those of onnx.proto3; protobufjs does the encoding.
 */

import protobuf from 'protobufjs'

const SCHEMA = `
syntax = "proto3";
message Attribute { string name = 1; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
message TensorShape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; TensorShape shape = 2; }
message Type { TensorType tensor_type = 1; }
message ValueInfo { string name = 1; Type type = 2; }
message Graph {
  repeated Node node = 1; string name = 2; repeated Tensor initializer = 5;
  repeated ValueInfo input = 11; repeated ValueInfo output = 12;
}
message OperatorSet { string domain = 1; int64 version = 2; }
message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated OperatorSet opset_import = 8; }
`
const MODEL = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Model')

const FLOAT = 1
const ATTRIBUTE = { int: 2, ints: 7 } as const
const IR_VERSION = 8
const OPSET = 17

export interface OnnxNode {
  readonly type: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>
}

export interface OnnxModel {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  /** Shapes by name; a size that is not known until it runs is a name. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly weights?: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>
}

/** The bytes of the file. */
export function writeOnnx({ name, nodes, inputs, outputs, weights = {} }: OnnxModel): Uint8Array {
  const initializer = Object.entries(weights).map(([name, { shape, values }]) => {
    const raw_data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    return { name, dims: shape, data_type: FLOAT, raw_data }
  })
  const node = nodes.map(({ type, inputs, output, attributes = {} }) => {
    return { op_type: type, input: inputs, output: [output], attribute: Object.entries(attributes).map(attribute) }
  })
  const graph = { name, node, initializer, input: valueInfos(inputs), output: valueInfos(outputs) }
  const opset_import = [{ domain: '', version: OPSET }]
  return MODEL.encode({ ir_version: IR_VERSION, producer_name: 'quadlane bench', graph, opset_import }).finish()
}

function attribute([name, value]: [string, number | readonly number[]]): object {
  return typeof value === 'number'
    ? { name, i: value, type: ATTRIBUTE.int }
    : { name, ints: value, type: ATTRIBUTE.ints }
}

function valueInfos(shapes: OnnxModel['inputs']): object[] {
  return Object.entries(shapes).map(([name, shape]) => {
    const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }))
    return { name, type: { tensor_type: { elem_type: FLOAT, shape: { dim } } } }
  })
}
