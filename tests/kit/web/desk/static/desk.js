// of the desk alone
