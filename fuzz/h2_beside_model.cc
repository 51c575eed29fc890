#include "fuzz/h2_beside_model.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"

namespace regauge::fuzz {
namespace {

constexpr std::size_t kContentMax = 70'000;  // more than a window
constexpr std::array<std::uint8_t, kContentMax> kContent{};

h2::Options options_of(http::Role role) {
  h2::Options options;
  options.role = role;
  options.settings_ack_ms = 0;  // time is what a trace says
  options.push = h2::Offer::yes;
  return options;
}

ModelOptions model_options_of(http::Role role) {
  return {.server = role == http::Role::server, .push = role == http::Role::client};
}

wire::Slice content_of(std::size_t octets) {
  return wire::Slice::of_static(wire::Bytes(kContent).first(octets));
}

// Lines of a head that fits one frame, or does not.
std::vector<http::FieldLine> lines_of(const Message& message) {
  static const std::string kLong(17'000, 'x');
  std::vector<http::FieldLine> lines{http::field_line("x-name", "value")};
  if (message.large_head) lines.push_back(http::field_line("x-long", kLong));
  return lines;
}

// Says which frame a claim is about.
void tell(const Frame& frame) {
  std::fprintf(stderr, "frame of type %d, flags %d, stream %u, %u octets\n", frame.type,
               frame.flags, frame.stream, frame.length);
}

}  // namespace

Message Message::drawn(std::uint64_t number) {
  constexpr std::array<std::size_t, 5> kSizes{0, 5, 300, 20'000, kContentMax};
  constexpr std::array<std::string_view, 6> kMethods{"GET",     "HEAD", "POST",
                                                     "CONNECT", "PUT",  "GET"};
  Message message;
  message.octets = kSizes.at(number % kSizes.size());
  number /= kSizes.size();
  message.method = kMethods.at(number % kMethods.size());
  number /= kMethods.size();
  message.trailers = number % 4 == 0;
  message.known_length = number / 4 % 3 == 0;
  message.interims = number / 12 % 5 == 0 ? 1 : 0;
  message.large_head = number / 60 % 23 == 0;
  message.open_end = number / 60 % 7 == 0;
  return message;
}

BesideModel::BesideModel(http::Role role, std::string_view oracle)
    : role_(role),
      oracle_(oracle),
      options_(options_of(role)),
      model_(model_options_of(role)),
      connection_(options_),
      peer_(role == http::Role::server ? http::Role::client : http::Role::server),
      recorder_(role, oracle) {
  model_.on_opened = [this](std::uint32_t id, const std::string& method) {
    peer_.open(id, method);
  };
  if (role == http::Role::server) {
    const auto first = preface_slice();
    const http::Batch batch = connection_.receive({&first, 1}, tick_, {});
    claim(batch.consumed == first.size() && batch.events.empty(), "the preface is silent");
  }
  model_.begin_batch(tick_.ms);
  write();
}

void BesideModel::claim(bool holds, std::string_view claim) const { check(holds, oracle_, claim); }

bool BesideModel::serve(std::span<const Frame> frames, std::uint64_t elapsed_ms,
                        http::WorkBudget budget) {
  std::vector<std::uint8_t> octets;
  for (const Frame& frame : frames) {
    append_frame(octets, frame);
    if (!frame.whole()) octets.resize(octets.size() - frame.payload.size());
  }
  wire::Slice rest = wire::Slice::copy_of(octets);
  for (bool more = true; more; elapsed_ms = 0) {
    tick_.ms += elapsed_ms;
    model_.begin_batch(tick_.ms);
    const http::Batch batch = connection_.receive({&rest, 1}, tick_, budget);
    more = batch.more;
    claim(more || batch.consumed == rest.size(), "all input is taken");
    if (!follow(frames, batch.consumed)) return false;
    rest.drop_front(batch.consumed);
    model_.end_batch(more);
    agree(batch);
    write();
  }
  return true;
}

// Lets the model see the frames that were consumed, and leaves the others. Nothing: it is lost.
std::optional<std::size_t> BesideModel::follow(std::span<const Frame>& frames, std::size_t octets) {
  std::size_t count = 0;
  while (!frames.empty() && octets > 0) {
    const Frame& frame = frames.front();
    const std::size_t size = kFrameHeaderOctets + (frame.whole() ? frame.payload.size() : 0);
    claim(size <= octets, "a batch ends between frames");
    octets -= size;
    model_.receive(frame);
    if (model_.account().lost()) return std::nullopt;
    frames = frames.subspan(1);
    ++count;
  }
  return count;
}

void BesideModel::agree(const http::Batch& batch) {
  recorder_.take(batch);
  claim(recorder_.failed() == model_.failed(), "the connection fails as the model says");
  claim(recorder_.surfaced() == model_.surfaced(), "those streams surface that lived (batch law)");
  claim(recorder_.cancelled() == model_.cancelled(), "cancelled streams are counted (batch law)");
  claim(connection_.ledger().live_handlers == model_.handlers(),
        "a handler lives until it is released");
  claim(connection_.open_streams() == model_.open_streams(),
        "as many streams are open as in the model");
  agree_on_account();
  check_h2_work(connection_, oracle_);
  for (const http::Event& event : batch.events) {
    agree_on_message(event);
    if (on_event) on_event(event);
  }
}

void BesideModel::agree_on_account() const {
  const AccountModel& account = model_.account();
  const http::LedgerView ledger = connection_.ledger();
  claim(ledger.charged >= account.charged(), "everything is charged that the table says");
  claim(ledger.charged <= account.charged() + account.unsure(),
        "nothing is charged that the table does not say");
  claim(ledger.refunded == account.refunded(), "what is refunded is what the table says");
  if (account.unsure() > 0) return;
  claim(ledger.credits == account.credits(), "the account stands where the table says");
}

void BesideModel::agree_on_message(const http::Event& event) const {
  const ModelStream* stream = model_.find(event.stream.value);
  if (stream == nullptr || stream->closed) return;
  const Told& told = recorder_.streams().at(event.stream.value);
  if (event.kind == http::EventKind::content) {
    claim(stream->content.starts_with(told.content), "content is the model's");
  }
  if (event.kind == http::EventKind::end) {
    claim(stream->content == told.content, "content is the model's to the end");
    claim(stream->peer_ended, "a message ends when the peer ends it");
  }
  if (event.kind == http::EventKind::tunnel) claim(stream->tunnel, "a tunnel is the model's");
  if (event.kind == http::EventKind::head && event.request != nullptr) {
    claim(stream->method == event.request->method.token, "the method is the model's");
  }
}

std::optional<std::uint32_t> BesideModel::open(const Message& message) {
  const bool connect = message.method == "CONNECT";
  const bool sends = message.method == "POST" || message.method == "PUT" || connect;
  const std::vector<http::FieldLine> lines = lines_of(message);
  http::RequestHead head;
  head.method = http::method_of(message.method);
  head.scheme = "https";
  head.authority = connect ? "a.test:443" : "a.test";
  head.path = connect ? "" : "/";
  head.fields = lines;
  head.content.framing = sends ? http::Framing::stream : http::Framing::none;
  if (sends && message.known_length && !connect) {
    head.content = {http::Framing::length, message.octets};
  }
  const bool slots = connection_.open_slots() > 0;
  const auto opened = connection_.open(head, sends ? http::EndStream::no : http::EndStream::yes);
  claim(opened.has_value() == slots, "a stream is opened exactly where there is a slot");
  if (!opened) return std::nullopt;
  recorder_.opened(*opened);
  model_.open(opened->value, std::string(message.method), !sends);
  write();
  if (sends) send(opened->value, message);
  return opened->value;
}

void BesideModel::answer(std::uint32_t id, const Message& message) {
  const ModelStream* stream = model_.find(id);
  if (stream == nullptr || stream->closed || !stream->told || stream->answered) return;
  const http::StreamId number{id};
  const std::vector<http::FieldLine> lines = lines_of(message);
  http::ResponseHead head;
  head.status = http::Status{103};
  head.fields = lines;
  for (std::size_t i = 0; i < message.interims; ++i) {
    claim(connection_.submit_interim(number, head).has_value(), "an interim answer is taken");
    model_.interim(id);
    write();
  }
  const bool empty = message.octets == 0;
  const bool bodyless = stream->method == "HEAD" || empty;
  const std::uint16_t status = empty && message.trailers ? (message.known_length ? 304 : 204) : 200;
  head.status = http::Status{stream->tunnel ? std::uint16_t{405} : status};
  head.content.framing = http::Framing::stream;
  if (bodyless || message.known_length) {
    head.content = {http::Framing::length, empty ? 0 : message.octets};
  }
  // What a response would have had is said by a line, if no length is known (RFC 9110 §8.6).
  std::vector<http::FieldLine> more = lines;
  more.push_back(http::field_line("content-length", message.large_head ? "x" : "12"));
  if (bodyless && !message.known_length) head.content.framing = http::Framing::none;
  if (bodyless && !message.known_length) head.fields = more;
  const auto end = bodyless ? http::EndStream::yes : http::EndStream::no;
  claim(connection_.submit_head(number, head, end).has_value(), "an answer is taken");
  model_.head(id);
  if (bodyless) {
    model_.end(id);
    return write();
  }
  write();
  send(id, message);
}

void BesideModel::send(std::uint32_t id, const Message& message) {
  const http::StreamId number{id};
  const bool tunnel = message.method == "CONNECT" && role_ == http::Role::client;
  const bool trailers = message.trailers && !message.open_end && !tunnel;
  const bool end = !message.open_end && !trailers;
  const auto last = end ? http::EndStream::yes : http::EndStream::no;
  claim(connection_.submit_content(number, content_of(message.octets), last).has_value(),
        "content is taken");
  model_.content(id, message.octets);
  if (trailers) {
    const std::array lines{http::field_line("x-end", "1")};
    claim(connection_.submit_trailers(number, lines).has_value(), "trailers are taken");
  }
  if (end || trailers) model_.end(id);
  write();
}

void BesideModel::go_on(std::uint32_t id, std::size_t octets, bool end) {
  const ModelStream* stream = model_.find(id);
  if (stream == nullptr || stream->closed || !stream->answered || stream->ended) return;
  const auto last = end ? http::EndStream::yes : http::EndStream::no;
  const auto taken =
      connection_.submit_content(http::StreamId{id}, content_of(octets % kContentMax), last);
  if (taken) {
    model_.content(id, octets % kContentMax);
    if (end) model_.end(id);
  }
  write();
}

void BesideModel::consume(std::uint32_t id, std::size_t octets) {
  connection_.consume(http::StreamId{id}, octets);
  model_.consume(id, octets);
  write();
}

void BesideModel::reset(std::uint32_t id) {
  const ModelStream* stream = model_.find(id);
  if (stream == nullptr || !stream->told) return;
  connection_.reset(http::StreamId{id}, http::ErrorCode::cancel);
  model_.reset(id, kCancel);
  write();
}

void BesideModel::release(std::uint32_t id) {
  connection_.release(http::StreamId{id});
  model_.release(id);
  write();
}

void BesideModel::drain() {
  connection_.drain(tick_);
  model_.drain(tick_.ms);
  write();
}

void BesideModel::ping() {
  connection_.ping();
  model_.ping();
  write();
}

void BesideModel::shrink() { connection_.shrink(); }

void BesideModel::write() {
  std::vector<std::uint8_t> octets = output_of(connection_);
  if (role_ == http::Role::client && !std::exchange(preface_written_, true)) {
    const std::string_view text = wire::as_text(octets);
    claim(text.starts_with(h2::kClientPreface), "a client begins with the preface");
    claim(peer_.read_preface(h2::kClientPreface), "libnghttp2 takes the preface");
    octets.erase(octets.begin(), octets.begin() + static_cast<long>(h2::kClientPreface.size()));
  }
  std::size_t answers = 0;
  for (const Frame& frame : frames_of(octets)) {
    if (frame.has(kAck) && (frame.type == kPing || frame.type == kSettings)) ++answers;
    const auto complaint = model_.wrote(frame);
    if (complaint) tell(frame);
    check(!complaint, oracle_, complaint.value_or(""));
    const bool good = peer_.read(frame);
    if (!good) tell(frame);
    claim(good, "libnghttp2's peer finds no fault in what is written");
  }
  claim(answers <= options_.limits.queued_replies_max,
        "a peer that does not read is owed so many answers at most");
  const auto complaint = model_.missing();
  check(!complaint, oracle_, complaint.value_or(""));
}

}  // namespace regauge::fuzz
