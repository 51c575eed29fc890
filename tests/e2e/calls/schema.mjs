// The service of the tests, described at run time: no compiler, no generated code.
import { create, createFileRegistry, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

const field = (name, number, type) => ({ name, number, type, label: Label.OPTIONAL, jsonName: name });

const method = (name, clientStreaming, serverStreaming) => ({
  name,
  inputType: ".regauge.test.Item",
  outputType: ".regauge.test.Item",
  clientStreaming,
  serverStreaming,
});

const file = create(FileDescriptorProtoSchema, {
  name: "regauge/test/calls.proto",
  package: "regauge.test",
  syntax: "proto3",
  messageType: [
    {
      name: "Item",
      field: [
        field("number", 1, Type.UINT32),
        field("text", 2, Type.STRING),
        field("payload", 3, Type.BYTES),
      ],
    },
  ],
  service: [
    {
      name: "Calls",
      method: [
        method("Unary", false, false),
        method("Server", false, true),
        method("Client", true, false),
        method("Both", true, true),
      ],
    },
  ],
});

const registry = createFileRegistry(file, () => undefined);

export const Calls = registry.getService("regauge.test.Calls");
export const ItemSchema = registry.getMessage("regauge.test.Item");

/** Makes a message. */
export function item(number, text = "", payload = new Uint8Array()) {
  return create(ItemSchema, { number, text, payload });
}

export function itemBytes(value) {
  return Buffer.from(toBinary(ItemSchema, value));
}
