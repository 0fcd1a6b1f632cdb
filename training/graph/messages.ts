import { parse, type Type } from 'protobufjs';

/**
 * The part of TensorFlow's protocol messages that a SavedModel without a checkpoint of variables needs, field numbers as in
 * tensorflow/core/framework/*.proto and tensorflow/core/protobuf/*.proto. tfjs-node's own copy lacks FunctionDef.ret.
 */
const source = `
syntax = "proto3";
message TensorShape { message Dim { int64 size = 1; } repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto { int32 dtype = 1; TensorShape tensor_shape = 2; bytes tensor_content = 4; }
message NameAttrList { string name = 1; }
message AttrValue {
  message ListValue { repeated int64 i = 3; repeated int32 type = 6; repeated TensorShape shape = 7; }
  oneof value {
    bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; TensorShape shape = 7; TensorProto tensor = 8;
    ListValue list = 1; NameAttrList func = 10;
  }
}
message NodeDef { string name = 1; string op = 2; repeated string input = 3; map<string, AttrValue> attr = 5; }
message VersionDef { int32 producer = 1; }
message OpDef {
  message ArgDef { string name = 1; int32 type = 3; }
  string name = 1; repeated ArgDef input_arg = 2; repeated ArgDef output_arg = 3; bool is_stateful = 17;
  repeated string control_output = 20;
}
message FunctionDef {
  OpDef signature = 1; repeated NodeDef node_def = 3; map<string, string> ret = 4; map<string, string> control_ret = 6;
}
message FunctionDefLibrary { repeated FunctionDef function = 1; }
message GraphDef { repeated NodeDef node = 1; FunctionDefLibrary library = 2; VersionDef versions = 4; }
message TensorInfo { string name = 1; int32 dtype = 2; TensorShape tensor_shape = 3; }
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
message MetaGraphDef {
  message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; }
  MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; map<string, SignatureDef> signature_def = 5;
}
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
`;

let parsed: Type | undefined;

/** Encodes a SavedModel given as plain objects with camel-cased field names. */
export function encodeSavedModel(model: Record<string, unknown>): Uint8Array {
  parsed ??= parse(source).root.lookupType('SavedModel');
  const problem = parsed.verify(model);
  if (problem) throw new Error(`the SavedModel cannot be written: ${problem}`);
  return parsed.encode(parsed.fromObject(model)).finish();
}
