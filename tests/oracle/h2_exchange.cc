#include "tests/oracle/h2_exchange.h"

#include <algorithm>
#include <istream>
#include <set>
#include <sstream>
#include <string_view>

namespace regauge::oracle {
namespace {

constexpr std::uint32_t kRefusedStream = 7;

// Tells whether encoders keep lines of this name out of tables of their own accord.
bool is_secret(std::string_view name) {
  return name == "authorization" || name == "proxy-authorization" || name == "cookie";
}

bool equal(const Lines& sent, const Lines& heard) {
  return std::equal(sent.begin(), sent.end(), heard.begin(), heard.end(),
                    [](const Line& one, const Line& other) {
                      const bool mark = one.never_indexed == other.never_indexed ||
                                        (other.never_indexed && is_secret(one.name));
                      return mark && one.name == other.name && one.value == other.value;
                    });
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const Line& line : lines) {
    text += "\n  " + line.name + ": " + line.value + (line.never_indexed ? " (never)" : "");
  }
  return text;
}

std::string different(std::string_view part, const Lines& sent, const Lines& heard) {
  return std::string(part) + " sent:" + text_of(sent) + "\nheard:" + text_of(heard);
}

// What may not differ even if the stream was reset in the midst of it.
std::string difference_so_far(const Message& sent, const Message& heard) {
  if (heard.interims.size() > sent.interims.size()) return "more interim responses than were sent";
  for (std::size_t i = 0; i < heard.interims.size(); ++i) {
    if (!equal(sent.interims[i], heard.interims[i])) {
      return different("interim", sent.interims[i], heard.interims[i]);
    }
  }
  if (!heard.head.empty() && !equal(sent.head, heard.head)) {
    return different("head", sent.head, heard.head);
  }
  if (!sent.content.starts_with(heard.content)) return "content differs";
  if (!heard.trailers.empty() && !equal(sent.trailers, heard.trailers)) {
    return different("trailers", sent.trailers, heard.trailers);
  }
  return "";
}

// What a message that is complete must have.
std::string difference_at_end(const Message& sent, const Message& heard) {
  if (!sent.ended) return "an end that was not sent";
  if (!heard.ended) return "no end";
  if (sent.interims.size() != heard.interims.size()) return "interim responses are missing";
  if (heard.head.empty()) return "no head";
  if (sent.content.size() != heard.content.size()) {
    return "content of " + std::to_string(sent.content.size()) + " octets, heard " +
           std::to_string(heard.content.size());
  }
  if (heard.trailers.empty() && !sent.trailers.empty()) return "no trailers";
  return "";
}

std::string difference_of_way(const Message& sent, const Message& heard, bool cut) {
  std::string text = difference_so_far(sent, heard);
  if (text.empty() && (!cut || heard.ended)) text = difference_at_end(sent, heard);
  return text;
}

// `one` reset the stream: the other end is told so, unless it was done with it.
std::string difference_of_reset(const Exchange& one, const Exchange& other) {
  const bool done = other.reset || other.left_out || (other.heard.ended && other.sent.ended);
  if (one.reset && !done && other.was_reset != one.reset) return "a reset is not told";
  if (one.was_reset && !other.reset) return "a reset that was not sent";
  if (one.was_reset && one.was_reset != other.reset) return "a reset has another code";
  return "";
}

std::string difference_of(const Exchange& client, const Exchange& server) {
  const bool cut = client.reset || server.reset;
  std::string text = difference_of_reset(client, server);
  if (text.empty()) text = difference_of_reset(server, client);
  if (text.empty() && client.left_out) text = "an exchange that GOAWAY leaves out was told";
  if (!text.empty()) return text;
  text = difference_of_way(client.sent, server.heard, cut);
  if (!text.empty()) return "request: " + text;
  text = difference_of_way(server.sent, client.heard, cut);
  return text.empty() ? "" : "response: " + text;
}

std::string text_of_hex(std::string_view hex) {
  std::string text;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    const auto digit = [](char octet) { return octet <= '9' ? octet - '0' : octet - 'a' + 10; };
    text += static_cast<char>(digit(hex[0]) * 16 + digit(hex[1]));
  }
  return text;
}

Lines lines_of(std::istream& words) {
  Lines lines;
  for (std::string word; words >> word;) {
    const std::size_t first = word.find(':');
    const std::size_t second = word.find(':', first + 1);
    lines.push_back({text_of_hex(word.substr(0, first)),
                     text_of_hex(word.substr(first + 1, second - first - 1)),
                     word.substr(second + 1) == "1"});
  }
  return lines;
}

void read_part(std::istream& words, Message& message) {
  std::string part;
  words >> part;
  if (part == "interim") message.interims.push_back(lines_of(words));
  if (part == "head") message.head = lines_of(words);
  if (part == "trailers") message.trailers = lines_of(words);
  if (part == "ended") message.ended = true;
  std::string octets;
  if (part == "content" && words >> octets) message.content = text_of_hex(octets);
}

}  // namespace

void Tally::add(const Exchanges& client) {
  for (const auto& [id, exchange] : client) {
    const bool ended = exchange.sent.ended && exchange.heard.ended;
    complete += ended ? 1U : 0U;
    reset += exchange.reset ? 1U : 0U;
    was_reset += exchange.was_reset ? 1U : 0U;
    left_out += exchange.left_out ? 1U : 0U;
    interims += exchange.heard.interims.size();
    trailers +=
        (exchange.sent.trailers.empty() ? 0U : 1U) + (exchange.heard.trailers.empty() ? 0U : 1U);
    tunnels += !exchange.sent.head.empty() && exchange.sent.head[0].value == "CONNECT" ? 1U : 0U;
    content += exchange.sent.content.size() + exchange.heard.content.size();
  }
}

std::string text_of(const Tally& tally) {
  std::ostringstream text;
  text << ' ' << tally.complete << " complete, " << tally.reset << " reset, " << tally.was_reset
       << " reset by the server, " << tally.left_out << " left out by GOAWAY, " << tally.interims
       << " interim responses, " << tally.trailers << " trailers, " << tally.tunnels << " tunnels, "
       << tally.content << " octets of content";
  return text.str();
}

std::string state_of(const Exchange& exchange) {
  const auto code = [](std::string_view name, const std::optional<std::uint32_t>& number) {
    return number ? std::string(name) + std::to_string(*number) : "";
  };
  const auto way = [](const Message& message) {
    return std::to_string(message.content.size()) +
           (message.ended ? " octets, the end" : " octets");
  };
  return " sent " + way(exchange.sent) + ", heard " + way(exchange.heard) +
         code(", reset ", exchange.reset) + code(", was reset ", exchange.was_reset) +
         (exchange.left_out ? ", left out" : "");
}

std::string difference(const Exchanges& client, const Exchanges& server) {
  std::set<std::uint32_t> streams;
  for (const auto& [id, exchange] : client) streams.insert(id);
  for (const auto& [id, exchange] : server) streams.insert(id);
  for (const std::uint32_t id : streams) {
    const std::string where = "stream " + std::to_string(id) + ": ";
    if (!client.contains(id)) return where + "heard, but not sent";
    const Exchange& sent = client.at(id);
    const auto heard = server.find(id);
    if (heard != server.end()) {
      const std::string text = difference_of(sent, heard->second);
      if (text.empty()) continue;
      return where + text + "\nclient:" + state_of(sent) + "\nserver:" + state_of(heard->second);
    }
    const bool refused = sent.was_reset == kRefusedStream;
    if (sent.reset || sent.left_out || refused) continue;
    return where + "sent, but not heard\nclient:" + state_of(sent);
  }
  return "";
}

Exchanges read_exchanges(std::istream& input) {
  Exchanges exchanges;
  for (std::string text; std::getline(input, text);) {
    std::istringstream words(text);
    std::uint32_t id = 0;
    std::string what;
    words >> id >> what;
    Exchange& exchange = exchanges[id];
    std::uint32_t code = 0;
    if (what == "sent") read_part(words, exchange.sent);
    if (what == "heard") read_part(words, exchange.heard);
    if (what == "left_out") exchange.left_out = true;
    if (what == "reset" && words >> code) exchange.reset = code;
    if (what == "was_reset" && words >> code) exchange.was_reset = code;
  }
  return exchanges;
}

}  // namespace regauge::oracle
