// Boost.JSON, compiled into the program and into the tests (it is used without its library).
#include <boost/json/src.hpp>
