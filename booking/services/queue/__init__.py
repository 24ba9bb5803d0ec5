"""The waiting room: joining it by checking in, being called, and what staff do to a place by hand.

Nobody changes a place without holding its session, so places need no locks of their own. Each change appends a QueueMove.
"""
