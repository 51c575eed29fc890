#include "regauge/translate/web_stream.h"

#include <utility>

#include "regauge/wire/assert.h"
#include "regauge/wire/writer.h"

namespace regauge::translate {

using grpc::FrameReader;

namespace {

// Segments end with each message and may end where a slice does: five octets of input can make
// eight of text, no more.
constexpr std::size_t text_bytes_max(std::size_t octets) { return 2 * octets + 16; }

wire::Slice finished(SliceMaker& maker, const wire::Writer& text) {
  RG_ASSERT(!text.overflowed());
  return maker.finish(text.size());
}

}  // namespace

void WebStream::reset(const Settings& settings) {
  settings_ = settings;
  state_ = State::messages;
  reader_ = FrameReader();
  out_reader_ = FrameReader();
  decoder_ = grpc::Base64Decoder();
  encoder_ = grpc::Base64Encoder();
  withheld_ = 0;
  saw_message_ = false;
  trailer_.clear();
  work_ = wire::Work();
}

WebStream::Trouble WebStream::take(const wire::Slice& slice, std::vector<wire::Slice>& out) {
  if (slice.empty()) return Trouble::none;
  work_.bytes_in += slice.size();
  if (settings_.from == Coding::binary) return filter(slice, out);
  SliceMaker maker;
  wire::Writer decoded(maker.begin(grpc::Base64Decoder::decoded_bytes_max(slice.size() + 3)));
  work_.steps += slice.size();
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
        ++work_.messages;
        work_.steps += 3;  // prefix, message, end
        const Trouble trouble = on_prefix();
        if (trouble != Trouble::none || state_ == State::trailer) {
          pass_run(frame_start);
          if (trouble != Trouble::none) return trouble;
          break;
        }
        if (held > 0) {
          const auto prefix = grpc::write_prefix(reader_.prefix());
          work_.copies += held;
          pass(wire::Slice::copy_of(wire::Bytes(prefix).first(held)), out);
        }
        break;
      }
      case FrameReader::Found::message:
        if (state_ == State::trailer) {
          work_.copies += reader_.octets().size();
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
  if (settings_.to == Coding::text) {
    SliceMaker maker;
    wire::Writer text(maker.begin(text_bytes_max(0)));
    encoder_.flush(text);
    push(finished(maker, text), out);
  }
  if (!decoder_.complete()) return Trouble::text;
  return reader_.between_frames() || saw_trailer() ? Trouble::none : Trouble::truncated;
}

void WebStream::append(wire::Slice slice, std::vector<wire::Slice>& out) {
  if (settings_.to == Coding::binary) {
    push(std::move(slice), out);
    return;
  }
  SliceMaker maker;
  wire::Writer text(maker.begin(text_bytes_max(slice.size())));
  encoder_.flush(text);
  encode(slice.bytes(), text);
  encoder_.flush(text);
  push(finished(maker, text), out);
}

void WebStream::pass(wire::Slice slice, std::vector<wire::Slice>& out) {
  if (settings_.to == Coding::binary) {
    push(std::move(slice), out);
    return;
  }
  SliceMaker maker;
  wire::Writer text(maker.begin(text_bytes_max(slice.size())));
  // A segment ends with each message, so that a reader can use it at once.
  wire::Bytes rest = slice.bytes();
  std::size_t start = 0;
  for (FrameReader::Found found = out_reader_.next(rest); found != FrameReader::Found::nothing;
       found = out_reader_.next(rest)) {
    if (found != FrameReader::Found::end) continue;
    const std::size_t end = slice.size() - rest.size();
    encode(slice.bytes().subspan(start, end - start), text);
    encoder_.flush(text);
    start = end;
  }
  encode(slice.bytes().subspan(start), text);
  push(finished(maker, text), out);
}

void WebStream::encode(wire::Bytes octets, wire::Writer& text) {
  work_.steps += octets.size();
  encoder_.encode(octets, text);
}

void WebStream::push(wire::Slice slice, std::vector<wire::Slice>& out) {
  if (slice.empty()) return;
  work_.bytes_emitted += slice.size();
  out.push_back(std::move(slice));
}

}  // namespace regauge::translate
