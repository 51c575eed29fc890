// google.rpc.Status, the content of grpc-status-details-bin, for the origin that leaves it to its user.
import { create, createFileRegistry, toBinary } from "@bufbuild/protobuf";
import {
  AnySchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  anyPack,
  file_google_protobuf_any,
} from "@bufbuild/protobuf/wkt";
import { ItemSchema } from "./schema.mjs";

const file = create(FileDescriptorProtoSchema, {
  name: "google/rpc/status.proto",
  package: "google.rpc",
  syntax: "proto3",
  dependency: ["google/protobuf/any.proto"],
  messageType: [
    {
      name: "Status",
      field: [
        { name: "code", number: 1, type: Type.INT32, label: Label.OPTIONAL, jsonName: "code" },
        { name: "message", number: 2, type: Type.STRING, label: Label.OPTIONAL, jsonName: "message" },
        {
          name: "details",
          number: 3,
          type: Type.MESSAGE,
          typeName: `.${AnySchema.typeName}`,
          label: Label.REPEATED,
          jsonName: "details",
        },
      ],
    },
  ],
});

const StatusSchema = createFileRegistry(file, () => file_google_protobuf_any).getMessage(
  "google.rpc.Status",
);

/** Writes a status with one detail. */
export function statusDetails(code, message, detail) {
  const details = [anyPack(ItemSchema, detail)];
  return Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message, details })));
}
