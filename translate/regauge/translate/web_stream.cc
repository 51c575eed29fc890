#include "regauge/translate/web_stream.h"

#include <utility>

#include "regauge/wire/writer.h"

namespace regauge::translate {

using grpc::FrameReader;

WebStream::Trouble WebStream::take(const wire::Slice& slice, std::vector<wire::Slice>& out) {
  if (slice.empty()) return Trouble::none;
  if (settings_.from == Coding::binary) return filter(slice, out);
  SliceMaker maker;
  wire::Writer decoded(maker.begin(grpc::Base64Decoder::decoded_bytes_max(slice.size() + 3)));
  const bool good = decoder_.decode(slice.bytes(), decoded);
  const wire::Slice binary = maker.finish(decoded.size());
  const Trouble trouble = binary.empty() ? Trouble::none : filter(binary, out);
  return trouble == Trouble::none && !good ? Trouble::text : trouble;
}

// Passes the longest runs that can pass: whole slices as a rule.
WebStream::Trouble WebStream::filter(const wire::Slice& slice, std::vector<wire::Slice>& out) {
  wire::Bytes rest = slice.bytes();
  std::size_t run_start = 0;    // where the run that passes began
  std::size_t frame_start = 0;  // where the frame began that is being read, if it is in this slice
  const auto position = [&] { return slice.size() - rest.size(); };
  const auto pass_run = [&](std::size_t end) {
    if (end > run_start) pass(slice.sub(run_start, end - run_start), out);
    run_start = end;
  };
  while (true) {
    if (state_ == State::behind_trailer && !rest.empty()) return Trouble::after_trailer;
    switch (reader_.next(rest)) {
      case FrameReader::Found::nothing:
        if (state_ != State::messages) return Trouble::none;
        if (reader_.in_prefix()) {
          withheld_ += slice.size() - frame_start;
          pass_run(frame_start);
        } else {
          pass_run(slice.size());
        }
        return Trouble::none;
      case FrameReader::Found::prefix: {
        const std::size_t held = std::exchange(withheld_, 0);
        const Trouble trouble = on_prefix();
        if (trouble != Trouble::none || state_ == State::trailer) {
          pass_run(frame_start);
          if (trouble != Trouble::none) return trouble;
          break;
        }
        if (held > 0) {
          const auto prefix = grpc::write_prefix(reader_.prefix());
          pass(wire::Slice::copy_of(wire::Bytes(prefix).first(held)), out);
        }
        break;
      }
      case FrameReader::Found::message:
        if (state_ == State::trailer) {
          trailer_.insert(trailer_.end(), reader_.octets().begin(), reader_.octets().end());
        }
        break;
      case FrameReader::Found::end:
        if (state_ == State::trailer) state_ = State::behind_trailer;
        frame_start = position();
        if (state_ == State::behind_trailer) run_start = frame_start;
        break;
    }
  }
}

WebStream::Trouble WebStream::on_prefix() {
  const grpc::FramePrefix& prefix = reader_.prefix();
  const bool trailer = (prefix.flags & grpc::kTrailerFlag) != 0;
  if ((prefix.flags & ~(grpc::kTrailerFlag | grpc::kCompressedFlag)) != 0) return Trouble::flags;
  if (!trailer) {
    const std::uint32_t most = settings_.message_bytes_max;
    if (most > 0 && prefix.length > most) return Trouble::too_large;
    saw_message_ = true;
    return Trouble::none;
  }
  if (!settings_.trailer_frame) return Trouble::flags;
  if ((prefix.flags & grpc::kCompressedFlag) != 0) return Trouble::compressed;
  if (prefix.length > settings_.trailer_bytes_max) return Trouble::too_large;
  state_ = State::trailer;
  return Trouble::none;
}

WebStream::Trouble WebStream::finish(std::vector<wire::Slice>& out) {
  if (settings_.to == Coding::text) encode({}, Segment::ends, out);
  if (!decoder_.complete()) return Trouble::text;
  return reader_.between_frames() || saw_trailer() ? Trouble::none : Trouble::truncated;
}

void WebStream::append(wire::Slice slice, std::vector<wire::Slice>& out) {
  if (settings_.to == Coding::binary) {
    out.push_back(std::move(slice));
    return;
  }
  encode({}, Segment::ends, out);
  encode(slice.bytes(), Segment::ends, out);
}

void WebStream::pass(wire::Slice slice, std::vector<wire::Slice>& out) {
  if (settings_.to == Coding::binary) {
    out.push_back(std::move(slice));
    return;
  }
  // A segment ends with each message, so that a reader can use it at once.
  wire::Bytes rest = slice.bytes();
  std::size_t start = 0;
  while (true) {
    const FrameReader::Found found = out_reader_.next(rest);
    if (found != FrameReader::Found::end && found != FrameReader::Found::nothing) continue;
    const std::size_t end = slice.size() - rest.size();
    const Segment segment = found == FrameReader::Found::end ? Segment::ends : Segment::goes_on;
    encode(slice.bytes().subspan(start, end - start), segment, out);
    start = end;
    if (segment == Segment::goes_on) return;
  }
}

void WebStream::encode(wire::Bytes octets, Segment segment, std::vector<wire::Slice>& out) {
  SliceMaker maker;
  wire::Writer text(maker.begin(grpc::Base64Encoder::encoded_bytes_max(octets.size() + 2)));
  encoder_.encode(octets, text);
  if (segment == Segment::ends) encoder_.flush(text);
  wire::Slice encoded = maker.finish(text.size());
  if (!encoded.empty()) out.push_back(std::move(encoded));
}

}  // namespace regauge::translate
