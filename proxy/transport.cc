#include "proxy/transport.h"

#include <algorithm>

#include "regauge/wire/free_memory.h"

namespace regauge::proxy {

Buffers::~Buffers() {
  if (slab_ != nullptr) slab_->release();
}

wire::MutableBytes Buffers::room() {
  if (slab_ != nullptr && slab_->unique()) used_ = 0;
  if (slab_ != nullptr && kSlabOctets - used_ < kSlabOctets / 4) {
    slab_->release();
    slab_ = nullptr;
  }
  if (slab_ == nullptr) {
    slab_ = wire::allocate_slab(wire::heap_slabs(), kSlabOctets);
    used_ = 0;
  }
  return slab_->octets().subspan(used_);
}

wire::Slice Buffers::take(std::size_t octets) {
  const wire::Bytes taken = slab_->octets().subspan(used_, octets);
  used_ += octets;
  return {*slab_, taken};
}

InputState Transport::read(Buffers& buffers, std::size_t octets_max, bool hung_up,
                           std::vector<wire::Slice>& drain) {
  return tls_ == nullptr ? read_plain(buffers, octets_max, hung_up, drain)
                         : read_tls(buffers, octets_max, hung_up, drain);
}

InputState Transport::read_plain(Buffers& buffers, std::size_t octets_max, bool hung_up,
                                 std::vector<wire::Slice>& drain) {
  for (std::size_t total = 0; total < octets_max;) {
    const wire::MutableBytes room = buffers.room();
    const IoResult result = read_some(socket_, room);
    switch (result.status) {
      case IoStatus::would_block: return InputState::open;
      case IoStatus::ended: return InputState::ended;
      case IoStatus::failed: return InputState::broken;
      case IoStatus::done: break;
    }
    drain.push_back(buffers.take(result.octets));
    total += result.octets;
    // A short read has emptied the socket; only behind a hang-up an end of input may follow.
    if (result.octets < room.size() && !hung_up) return InputState::open;
  }
  return InputState::more;
}

InputState Transport::read_tls(Buffers& buffers, std::size_t octets_max, bool hung_up,
                               std::vector<wire::Slice>& drain) {
  for (wire::Slice& slice : tls_->early) drain.push_back(std::move(slice));
  wire::free_memory(tls_->early);
  if (tls_->session->state() == TlsState::closed) return InputState::ended;
  for (std::size_t total = 0; total < octets_max;) {
    std::vector<std::uint8_t>& ciphertext = buffers.ciphertext_in();
    const IoResult result = read_some(socket_, ciphertext);
    switch (result.status) {
      case IoStatus::would_block: return InputState::open;
      case IoStatus::ended: return InputState::cut;  // no close_notify came before it
      case IoStatus::failed: return InputState::broken;
      case IoStatus::done: break;
    }
    tls_->session->feed(wire::Bytes(ciphertext).first(result.octets));
    while (true) {
      const std::size_t opened = tls_->session->open(buffers.room());
      if (opened == 0) break;
      drain.push_back(buffers.take(opened));
      total += opened;
    }
    if (tls_->session->state() == TlsState::closed) return InputState::ended;
    if (tls_->session->state() == TlsState::failed) return InputState::broken;
    if (result.octets < ciphertext.size() && !hung_up) return InputState::open;
  }
  return InputState::more;
}

InputState Transport::discard(Buffers& buffers) {
  // A peer that sends that much behind our end is not waiting for our last octets.
  constexpr std::size_t kOctetsMax = std::size_t{16} << 20U;
  for (std::size_t total = 0; total < kOctetsMax;) {
    const IoResult result = read_some(socket_, wire::MutableBytes(buffers.ciphertext_in()));
    if (result.status == IoStatus::would_block) return InputState::open;
    if (result.status != IoStatus::done) return InputState::ended;
    total += result.octets;
  }
  return InputState::broken;
}

TlsState Transport::handshake(Buffers& buffers) {
  if (!blocked_ && !tls_->unsent.empty() && !send_ciphertext(tls_->unsent)) return TlsState::failed;
  TlsState state = tls_->session->handshake();
  while (state == TlsState::handshaking) {
    std::vector<std::uint8_t>& ciphertext = buffers.ciphertext_in();
    const IoResult result = read_some(socket_, wire::MutableBytes(ciphertext));
    if (result.status == IoStatus::would_block) break;
    if (result.status != IoStatus::done) {
      handshake_end_ = result.status == IoStatus::ended ? InputState::ended : InputState::broken;
      return TlsState::failed;
    }
    tls_->session->feed(wire::Bytes(ciphertext).first(result.octets));
    state = tls_->session->handshake();
    if (state == TlsState::open) open_early(buffers);
  }
  std::vector<std::uint8_t>& out = buffers.ciphertext_out();
  out.clear();
  tls_->session->take_output(out);
  if (!send_ciphertext(out)) return TlsState::failed;
  return state;
}

// The read that ended the handshake may hold records behind it; its buffer is lent only for now.
void Transport::open_early(Buffers& buffers) {
  while (true) {
    const std::size_t opened = tls_->session->open(buffers.room());
    if (opened == 0) return;
    tls_->early.push_back(buffers.take(opened));
  }
}

bool Transport::send_ciphertext(std::vector<std::uint8_t>& octets) {
  if (&octets != &tls_->unsent && !tls_->unsent.empty()) {
    tls_->unsent.insert(tls_->unsent.end(), octets.begin(), octets.end());
    return true;
  }
  std::size_t sent = 0;
  while (sent < octets.size()) {
    const wire::Piece piece{octets.data() + sent, octets.size() - sent};
    const IoResult result = write_some(socket_, {&piece, 1});
    if (result.status == IoStatus::failed) return false;
    if (result.status == IoStatus::would_block) {
      blocked_ = true;
      break;
    }
    sent += result.octets;
    octets_written_ += result.octets;
  }
  if (&octets == &tls_->unsent) {
    tls_->unsent.erase(tls_->unsent.begin(),
                       tls_->unsent.begin() + static_cast<std::ptrdiff_t>(sent));
    if (tls_->unsent.empty()) wire::free_memory(tls_->unsent);
  } else if (sent < octets.size()) {
    tls_->unsent.insert(tls_->unsent.end(), octets.begin() + static_cast<std::ptrdiff_t>(sent),
                        octets.end());
  }
  return true;
}

void Transport::finish(Buffers& buffers) {
  if (tls_ != nullptr) {
    tls_->session->close();
    std::vector<std::uint8_t>& out = buffers.ciphertext_out();
    out.clear();
    tls_->session->take_output(out);
    (void)send_ciphertext(out);
  }
  shut_sending(socket_);
}

}  // namespace regauge::proxy
