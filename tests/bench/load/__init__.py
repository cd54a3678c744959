"""The load: one process with thousands of clients that do nothing but send, receive and look at the clock.

It runs apart from the server that it drives, is told what to do in lines of JSON, and says of each deed how it went and
whether it was itself the limit.
"""
