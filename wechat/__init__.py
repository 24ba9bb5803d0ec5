"""The only package that speaks to WeChat.

`wechat.miniprogram` signs people in, reads phone numbers and sends subscription messages; `wechat.pay` places, queries,
closes and refunds orders, reads notifications and the daily bill. `wechat.emulator` is the local stand-in for both.
"""
