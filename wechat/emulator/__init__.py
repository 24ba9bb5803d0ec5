"""A stand-in for api.weixin.qq.com and api.mch.weixin.qq.com, and for the people and banks behind them."""
