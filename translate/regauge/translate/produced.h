// Produced: what one step of an exchange gives the other side to send.
#pragma once

#include <span>
#include <vector>

#include "regauge/http/field.h"
#include "regauge/http/head.h"
#include "regauge/http/ids.h"
#include "regauge/wire/slab.h"

namespace regauge::translate {

/// Lists what is to be submitted, in this order: head, content, trailers, end. Views live until the
/// next call on the exchange.
struct Produced {
  const http::ResponseHead* head = nullptr;  ///< nullptr: no head now
  std::span<const wire::Slice> content;
  http::FieldSection trailers;
  http::EndStream end = http::EndStream::no;  ///< the message ends with what is listed here
};

/// Copies octets that a stage made into slices. Cost: one allocation a slice.
class SliceMaker {
 public:
  /// Lends room for `octets`; `finish` makes a slice of the first that were written.
  [[nodiscard]] wire::MutableBytes begin(std::size_t octets);
  /// Returns the slice of the first `octets` of the room.
  [[nodiscard]] wire::Slice finish(std::size_t octets);

 private:
  wire::Slab* slab_ = nullptr;
};

}  // namespace regauge::translate
