// Exchange: one request and its answer, whatever the protocol below. All that endpoints see.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace regauge::origin {

/// Holds one field line; the name as it came, or in lower case where we write it.
struct Line {
  std::string name;
  std::string value;
};
using Lines = std::vector<Line>;

/// Finds the value of the first line of that name, in any case; nullptr: there is none.
[[nodiscard]] const std::string* find(const Lines& lines, std::string_view name);

/// Holds what a client asked for.
struct RequestHead {
  std::string protocol;  ///< "HTTP/1.0", "HTTP/1.1" or "HTTP/2"
  std::string method;
  std::string target;
  std::string authority;
  Lines lines;  ///< without pseudo-fields
  std::optional<std::uint64_t> length;

  /// Returns the target up to its query.
  [[nodiscard]] std::string path() const { return target.substr(0, target.find('?')); }
  /// Returns the number of a query parameter, or `otherwise`.
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise) const;
};

/// Holds the head of an answer.
struct ResponseHead {
  unsigned status = 200;
  Lines lines;
  std::optional<std::uint64_t> length;  ///< nothing: not known yet
};

/// Is thrown into an endpoint whose client went away.
struct Abandoned : std::exception {
  const char* what() const noexcept override { return "the client went away"; }
};

/// Says what becomes of content that an endpoint did not read.
enum class Unread : std::uint8_t { drain, refuse };

/// One request and its answer. Everything that waits throws Abandoned when the client has gone.
class Exchange {
 public:
  virtual ~Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  [[nodiscard]] const RequestHead& request() const { return request_; }
  /// Returns the trailer section of the request; complete once read() returned nothing.
  [[nodiscard]] const Lines& trailers() const { return trailers_; }

  /// Waits for the next octets of the content; nothing left: an empty string.
  virtual boost::asio::awaitable<std::string> read() = 0;
  /// Sends an interim response.
  virtual void interim(const ResponseHead& head) = 0;
  /// Sends the head; once.
  virtual void head(const ResponseHead& head) = 0;
  /// Sends content; waits while much is still unsent.
  virtual boost::asio::awaitable<void> write(std::string octets) = 0;
  /// Puts on its way what was written so far.
  virtual boost::asio::awaitable<void> flush() = 0;
  /// Ends the answer; HTTP/1 sends trailers only where the length was not known.
  virtual boost::asio::awaitable<void> end(Lines trailers) = 0;
  /// Breaks the answer off, so that the client sees it cut.
  virtual boost::asio::awaitable<void> cut() = 0;
  /// Waits, and sends before that what was written so far.
  virtual boost::asio::awaitable<void> pause(std::uint64_t ms) = 0;
  /// Is called before head(): `refuse` ends the stream or connection behind the answer.
  virtual void unread_content(Unread what) = 0;

 protected:
  Exchange() = default;
  RequestHead request_;
  Lines trailers_;
};

}  // namespace regauge::origin
